using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Config.Pki;

/// <summary>
/// The operator's own certificate authority: the one root that agents, collectors and signers trust.
/// Makes certificates and touches no file.
/// </summary>
internal sealed class OperatorCa : IDisposable
{
    /// <summary>A peer's clock may be this far behind the operator's.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    private readonly ECDsa _key;

    private OperatorCa(X509Certificate2 certificate, ECDsa key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>Without its private key.</summary>
    public X509Certificate2 Certificate { get; }

    public static OperatorCa Create(DateTimeOffset now, TimeSpan lifetime)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(DistinguishedName(key), key, HashAlgorithmName.SHA256);
        // No certificate authority below this one.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using X509Certificate2 withKey = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - ClockSkew, now + lifetime, RandomSerial());
        return new OperatorCa(X509CertificateLoader.LoadCertificate(withKey.RawDataMemory.Span), key);
    }

    /// <summary>Reads a CA as <see cref="CertificatePem"/> and <see cref="ExportKeyPem"/> wrote it.</summary>
    public static bool TryLoad(string certificatePem, ReadOnlySpan<char> keyPem, out OperatorCa? ca, out string problem)
    {
        ca = null;
        X509Certificate2? certificate = null;
        ECDsa? key = null;
        try
        {
            certificate = X509Certificate2.CreateFromPem(certificatePem);
            key = ECDsa.Create();
            key.ImportFromPem(keyPem);
            problem = FindFault(certificate, key);
            if (problem.Length == 0)
            {
                ca = new OperatorCa(certificate, key);
                return true;
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            problem = certificate is null ? "the certificate is not a PEM certificate" : "the key is not a PEM key";
        }

        certificate?.Dispose();
        key?.Dispose();
        return false;
    }

    public string CertificatePem() => Certificate.ExportCertificatePem() + "\n";

    /// <summary>PKCS#8 PEM; the caller wipes it.</summary>
    public char[] ExportKeyPem() => PrivateKeyPem.Export(_key);

    /// <summary>A certificate for <paramref name="peer"/>, with a fresh key; it never outlives the CA.</summary>
    public PeerCertificate Issue(PeerIdentity peer, DateTimeOffset now, TimeSpan lifetime)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={peer.Name}", key, HashAlgorithmName.SHA256);
        foreach (X509Extension extension in PeerCertificateProfile.Extensions(peer))
            request.CertificateExtensions.Add(extension);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        DateTimeOffset notAfter = now + lifetime;
        DateTimeOffset notAfterOfCa = Certificate.NotAfter;
        DateTimeOffset notBefore = now - ClockSkew;
        DateTimeOffset notBeforeOfCa = Certificate.NotBefore;
        X509Certificate2 certificate = request.Create(
            Certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_key),
            notBefore < notBeforeOfCa ? notBeforeOfCa : notBefore,
            notAfter > notAfterOfCa ? notAfterOfCa : notAfter,
            RandomSerial());
        return new PeerCertificate(certificate, key);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static string FindFault(X509Certificate2 certificate, ECDsa key)
    {
        using ECDsa? certified = certificate.GetECDsaPublicKey();
        if (certified is null)
            return "the certificate's key is not an elliptic-curve key";
        if (!certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            return "the key does not belong to the certificate";
        bool mayIssue = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority);
        return mayIssue ? "" : "the certificate is not one of a certificate authority";
    }

    /// <summary>Two CAs of one operator must not share a name, or chain building mistakes one for the other.</summary>
    private static X500DistinguishedName DistinguishedName(ECDsa key)
    {
        byte[] digest = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
        return new X500DistinguishedName($"CN=OnionBalance.Split operator CA {Convert.ToHexStringLower(digest.AsSpan(0, 4))}");
    }

    /// <summary>16 random bytes, positive as a DER integer and of full length.</summary>
    private static byte[] RandomSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }
}
