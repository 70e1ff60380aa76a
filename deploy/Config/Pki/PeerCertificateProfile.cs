using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Config.Pki;

/// <summary>What a certificate of each role may be used for, and how it names its bearer.</summary>
internal static class PeerCertificateProfile
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    public static IEnumerable<X509Extension> Extensions(PeerIdentity peer)
    {
        yield return new X509BasicConstraintsExtension(false, false, 0, critical: true);
        yield return new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true);
        yield return new X509EnhancedKeyUsageExtension(KeyPurposes(peer.Role), critical: true);
        yield return SubjectAlternativeNames(peer);
    }

    /// <summary>The collector alone is dialed; agents and signers only ever dial.</summary>
    private static OidCollection KeyPurposes(PeerRole role) => role switch
    {
        PeerRole.Collector => [new Oid(ServerAuthentication)],
        PeerRole.Agent or PeerRole.Signer => [new Oid(ClientAuthentication)],
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "no profile for this role"),
    };

    private static X509Extension SubjectAlternativeNames(PeerIdentity peer)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(peer.ToUri()));
        // Peers of this system look at the URI alone; the host name is for ordinary gRPC tools.
        if (peer.Role == PeerRole.Collector && Uri.CheckHostName(peer.Name) == UriHostNameType.Dns)
            names.AddDnsName(peer.Name);
        return names.Build();
    }
}
