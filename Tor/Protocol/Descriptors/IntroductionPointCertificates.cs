using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// The two certificates of an introduction point in one descriptor. Both are "backwards" (rend-spec-v3 says so itself):
/// KP_hs_desc_sign certifies the introduction point's keys, where the protocol once meant them to certify it.
/// </summary>
/// <param name="Auth">Type 09 over KP_hs_ipt_sid.</param>
/// <param name="Enc">Type 0B over the Ed25519 form of KP_hss_ntor.</param>
internal sealed record IntroductionPointCertificates(Ed25519Certificate Auth, Ed25519Certificate Enc)
{
    internal static IntroductionPointCertificates Create(IntroductionPoint point, DescriptorSigningKey signer, uint expirationHours)
    {
        return new(
            Make(CertificateType.IntroductionAuth, point.AuthKey.Bytes),
            Make(CertificateType.IntroductionEncryption, point.EncKeyForm));

        Ed25519Certificate Make(CertificateType type, Bytes32 certified) =>
            Ed25519Certificate.TryParse(
                Ed25519Certificate.Create(type, expirationHours, certified, signer.PublicKey.Bytes, signer.Sign), out var certificate)
                ? certificate
                : throw new InvalidOperationException("A certificate made here could not be read.");
    }
}
