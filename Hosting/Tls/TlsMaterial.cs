using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace OnionBalance.Split.Hosting.Tls;

/// <summary>
/// What was read from the files at one time. Connections may go on using it after it has been replaced, so it is left to
/// the garbage collector.
/// </summary>
/// <param name="Certificate">The own certificate, with its key.</param>
/// <param name="Context">The same with its intermediate certificates, as TLS sends them.</param>
/// <param name="Authorities">The operator's CA certificates.</param>
/// <param name="Own">Who the certificate says we are.</param>
/// <param name="NotAfter">When the own certificate expires.</param>
internal sealed record TlsMaterial(
    X509Certificate2 Certificate,
    SslStreamCertificateContext Context,
    X509Certificate2Collection Authorities,
    PeerIdentity Own,
    DateTimeOffset NotAfter);
