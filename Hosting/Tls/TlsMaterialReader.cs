using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OnionBalance.Split.Hosting.Tls;

/// <summary>Reads certificate, key and CA and refuses what peers would refuse anyway, naming the file.</summary>
internal static class TlsMaterialReader
{
    private const int MostBytes = 64 * 1024;
    private const int MostCertificates = 8;

    public static bool TryRead(TlsFiles files, DateTimeOffset now, [NotNullWhen(true)] out TlsMaterial? material, [NotNullWhen(false)] out string? problem)
    {
        material = null;
        if (!TryCheckTrust(files, out problem)
            || !TryReadCertificates(files.Ca, out var authorities, out problem)
            || !TryReadCertificates(files.Certificate, out var chain, out problem))
            return false;
        var own = chain[0];
        problem = FaultOf(files, own, authorities, now);
        if (problem is not null)
            return false;
        if (!PeerIdentity.TryFromCertificate(own, out var identity, out var fault))
        {
            problem = $"{files.Certificate}: {fault}";
            return false;
        }

        chain.RemoveAt(0);
        problem = FaultForPeers(files, identity, own, chain, authorities, now);
        if (problem is not null || !TryAddKey(files, own, out var withKey, out problem))
            return false;
        var context = SslStreamCertificateContext.Create(withKey, chain, offline: true);
        material = new TlsMaterial(withKey, context, authorities, identity, own.NotAfter);
        return true;
    }

    /// <summary>All three, since one who moves files to a host seldom gets only one of them wrong.</summary>
    private static bool TryCheckTrust(TlsFiles files, [NotNullWhen(false)] out string? problem)
    {
        string?[] faults =
        [
            FileTrust.TryCheckPrivateFile(files.Key, out var ofKey) ? null : ofKey,
            FileTrust.TryCheckFile(files.Certificate, out var ofCertificate) ? null : ofCertificate,
            FileTrust.TryCheckFile(files.Ca, out var ofCa) ? null : ofCa,
        ];
        problem = faults.Any(fault => fault is not null) ? string.Join("; ", faults.OfType<string>().Distinct()) : null;
        return problem is null;
    }

    /// <summary>What a peer with the same CA would say of it.</summary>
    private static string? FaultForPeers(
        TlsFiles files, PeerIdentity identity, X509Certificate2 own, X509Certificate2Collection intermediates, X509Certificate2Collection authorities, DateTimeOffset now)
    {
        if (files.Bearer is not { } bearer)
            return null;
        var expected = bearer == PeerRole.Collector ? PeerExpectation.Server(bearer) : PeerExpectation.Client(bearer);
        // Before its purpose, which differs for that reason alone.
        var reason = expected.FaultOf(identity);
        return reason is null && PeerCertificateCheck.TryVerify(own, intermediates, authorities, now, expected, out _, out reason)
            ? null
            : $"{files.Certificate}: {reason} (its CA is to be {files.Ca}); 'onionbalance-config pki issue --role {bearer.ToString().ToLowerInvariant()}' makes one that fits";
    }

    private static string? FaultOf(TlsFiles files, X509Certificate2 own, X509Certificate2Collection authorities, DateTimeOffset now)
    {
        if (now > own.NotAfter)
            return string.Create(CultureInfo.InvariantCulture, $"{files.Certificate}: expired on {own.NotAfter.ToUniversalTime():u}; issue a new one");
        if (now < own.NotBefore)
            return string.Create(CultureInfo.InvariantCulture, $"{files.Certificate}: is not valid before {own.NotBefore.ToUniversalTime():u}; is the clock right?");
        return authorities.Any(authority => !authority.Extensions.OfType<X509BasicConstraintsExtension>().Any(basic => basic.CertificateAuthority))
            ? $"{files.Ca}: holds a certificate that is not an authority's"
            : null;
    }

    private static bool TryReadCertificates(string path, [NotNullWhen(true)] out X509Certificate2Collection? certificates, [NotNullWhen(false)] out string? problem)
    {
        certificates = [];
        if (!TryReadText(path, out var text, out problem))
            return false;
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            problem = $"{path}: has a certificate that cannot be read";
            return false;
        }

        problem = certificates.Count switch
        {
            0 => $"{path}: holds no PEM certificate (-----BEGIN CERTIFICATE-----)",
            > MostCertificates => $"{path}: holds more than {MostCertificates} certificates",
            _ => null,
        };
        return problem is null;
    }

    private static bool TryAddKey(TlsFiles files, X509Certificate2 own, [NotNullWhen(true)] out X509Certificate2? withKey, [NotNullWhen(false)] out string? problem)
    {
        withKey = null;
        if (!TryReadText(files.Key, out var pem, out problem))
            return false;
        try
        {
            withKey = X509Certificate2.CreateFromPem(own.ExportCertificatePem(), pem);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            problem = pem.AsSpan().IndexOf("BEGIN ENCRYPTED") >= 0
                ? $"{files.Key}: is encrypted; store it unencrypted, mode 0600"
                : $"{files.Key}: is not the PEM private key of {files.Certificate}";
            return false;
        }
        finally
        {
            Array.Clear(pem);
        }
    }

    private static bool TryReadText(string path, out char[] text, [NotNullWhen(false)] out string? problem)
    {
        text = [];
        problem = null;
        var buffer = new byte[MostBytes + 1];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > MostBytes)
                problem = $"{path}: is larger than {MostBytes / 1024} KiB";
            else
                text = Encoding.ASCII.GetChars(buffer, 0, length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: cannot be read: {exception.Message}";
        }
        finally
        {
            // It may be the key.
            Array.Clear(buffer);
        }

        return problem is null;
    }
}
