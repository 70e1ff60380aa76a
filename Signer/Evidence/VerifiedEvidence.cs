using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Evidence;

/// <summary>An instance's descriptor whose whole chain of signatures and certificates has been verified.</summary>
/// <param name="Digest">SHA3-256 of its text.</param>
internal sealed record VerifiedEvidence(OnionAddress Instance, Bytes32 Digest, HsDescriptor Descriptor)
{
    /// <summary>After this moment no client accepts the descriptor, and neither does the Signer.</summary>
    public DateTimeOffset ValidUntil => Descriptor.SigningKeyCertificate.Expiration;

    /// <summary>KP_hs_ipt_sid of all its introduction points.</summary>
    public IEnumerable<Ed25519PublicKey> AuthKeys => Descriptor.Inner.IntroductionPoints.Select(point => point.AuthKey);
}
