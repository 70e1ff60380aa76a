using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OnionBalance.Split.Config.Pki;

/// <summary>A peer's certificate and its private key, as just issued.</summary>
internal sealed class PeerCertificate(X509Certificate2 certificate, ECDsa key) : IDisposable
{
    /// <summary>Without its private key.</summary>
    public X509Certificate2 Certificate { get; } = certificate;

    public string CertificatePem() => Certificate.ExportCertificatePem() + "\n";

    /// <summary>PKCS#8 PEM; the caller wipes it.</summary>
    public char[] ExportKeyPem() => PrivateKeyPem.Export(key);

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }
}
