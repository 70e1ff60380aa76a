using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>
/// A CA of a test and whatever certificates it wishes for, good and bad, as files in a folder of its own. The good ones
/// alone come from onionbalance-config in production; that makes no bad ones.
/// </summary>
internal sealed class TestPki : IDisposable
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("onionbalance-pki-");
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int _serial;

    /// <param name="name">The CA's name; one of its own unless given.</param>
    public TestPki(string? name = null)
    {
        Root = Authority($"CN={name ?? $"test CA {Guid.NewGuid():N}"}", _rootKey, null, null);
        CaFile = Write("ca.crt", Root.ExportCertificatePem());
    }

    public X509Certificate2 Root { get; }

    public string CaFile { get; }

    public string Folder => _folder.FullName;

    /// <summary>A certificate in its files, as the wish departs from a good one for that role.</summary>
    public TlsFiles Issue(PeerRole role, string name, CertificateWish? wish = null)
    {
        wish ??= new CertificateWish();
        var stem = $"{name}-{Interlocked.Increment(ref _serial)}";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        if (!wish.NoPurpose)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Purposes(wish.AsServer ?? role == PeerRole.Collector), true));
        var names = new SubjectAlternativeNameBuilder();
        foreach (var uri in wish.Uris ?? [new PeerIdentity(role, name).ToUri()])
            names.AddUri(new Uri(uri));
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        if (wish.IssuersAt is not null)
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(wish.AnswersAt is null ? null : [wish.AnswersAt], [wish.IssuersAt]));

        var (issuer, issuerKey, notSent) = wish.ByUnsentIntermediate ? Intermediate(stem) : (Root, _rootKey, false);
        using var certificate = request.Create(
            issuer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            wish.NotBefore ?? Root.NotBefore,
            wish.NotAfter ?? DateTimeOffset.UtcNow.AddHours(12),
            RandomNumberGenerator.GetBytes(12));
        if (notSent)
            issuerKey.Dispose();
        return new TlsFiles(
            Write($"{stem}.crt", certificate.ExportCertificatePem()),
            Write($"{stem}.key", key.ExportPkcs8PrivateKeyPem()),
            CaFile);
    }

    public string Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, OwnerOnly);
        return path;
    }

    public void Dispose()
    {
        _rootKey.Dispose();
        Root.Dispose();
        _folder.Delete(recursive: true);
    }

    private (X509Certificate2 Certificate, ECDsa Key, bool NotSent) Intermediate(string stem)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (Authority($"CN=intermediate of {stem}", key, Root, _rootKey), key, true);
    }

    private static X509Certificate2 Authority(string subject, ECDsa key, X509Certificate2? issuer, ECDsa? issuerKey)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.Create(
            issuer?.SubjectName ?? request.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuerKey ?? key),
            issuer?.NotBefore ?? DateTimeOffset.UtcNow.AddDays(-3),
            issuer?.NotAfter ?? DateTimeOffset.UtcNow.AddDays(30),
            RandomNumberGenerator.GetBytes(12));
    }

    private static OidCollection Purposes(bool asServer) => [new Oid(asServer ? ServerPurpose : ClientPurpose)];
}

/// <summary>How a certificate is to differ from a good one.</summary>
internal sealed record CertificateWish
{
    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Its purpose, where it is not that of the role.</summary>
    public bool? AsServer { get; init; }

    public bool NoPurpose { get; init; }

    /// <summary>Its URI names, where they are not that of role and name.</summary>
    public string[]? Uris { get; init; }

    /// <summary>Issued by an intermediate CA that nobody sends.</summary>
    public bool ByUnsentIntermediate { get; init; }

    /// <summary>Where it says its issuer's certificate can be fetched.</summary>
    public string? IssuersAt { get; init; }

    /// <summary>Where it says its OCSP responder is.</summary>
    public string? AnswersAt { get; init; }

    public static CertificateWish Expired => new() { NotBefore = DateTimeOffset.UtcNow.AddDays(-2), NotAfter = DateTimeOffset.UtcNow.AddDays(-1) };
}
