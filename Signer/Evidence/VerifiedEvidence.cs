using System.Collections.Frozen;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Evidence;

/// <summary>An instance's descriptor whose whole chain of signatures and certificates has been verified.</summary>
internal sealed class VerifiedEvidence
{
    private readonly FrozenDictionary<Ed25519PublicKey, IntroductionPoint> _points;

    public VerifiedEvidence(OnionAddress instance, Bytes32 digest, HsDescriptor descriptor)
    {
        Instance = instance;
        Digest = digest;
        Descriptor = descriptor;
        _points = descriptor.Inner.IntroductionPoints
            .ToFrozenDictionary(point => point.AuthKey);
    }

    public OnionAddress Instance { get; }

    /// <summary>SHA3-256 of its text.</summary>
    public Bytes32 Digest { get; }

    public HsDescriptor Descriptor { get; }

    /// <summary>After this moment no client accepts the descriptor, and neither does the Signer.</summary>
    public DateTimeOffset ValidUntil => Descriptor.SigningKeyCertificate.Expiration;

    /// <summary>KP_hs_ipt_sid of all its introduction points.</summary>
    public IEnumerable<Ed25519PublicKey> AuthKeys => _points.Keys;

    /// <summary>Its introduction point with this KP_hs_ipt_sid, or null.</summary>
    public IntroductionPoint? Find(Ed25519PublicKey authKey) => _points.GetValueOrDefault(authKey);
}
