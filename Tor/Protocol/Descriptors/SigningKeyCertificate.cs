using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Makes the type-08 certificate: KS_hs_blind_id certifies KP_hs_desc_sign. It is the only thing a descriptor needs the
/// blinded secret for, and can be made elsewhere and in advance.
/// </summary>
public static class SigningKeyCertificate
{
    /// <summary>As C tor makes it just before an upload.</summary>
    public static byte[] Create(BlindedSecretKey blindedKey, Ed25519PublicKey signingKey, DateTimeOffset now) =>
        Create(blindedKey, signingKey, CertificateLifetime.OfDescriptorSigning(now));

    /// <summary>With an expiration of the caller's choice, in hours since the epoch.</summary>
    public static byte[] Create(BlindedSecretKey blindedKey, Ed25519PublicKey signingKey, uint expirationHours)
    {
        ArgumentNullException.ThrowIfNull(blindedKey);
        return Ed25519Certificate.Create(
            CertificateType.DescriptorSigning, expirationHours, signingKey.Bytes, blindedKey.PublicKey.Bytes, blindedKey.Sign);
    }
}
