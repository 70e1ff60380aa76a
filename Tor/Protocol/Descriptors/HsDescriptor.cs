using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>A v3 descriptor, read and fully verified by <see cref="DescriptorReader"/>: rend-spec-v3 2.4 and 2.5.</summary>
/// <param name="Period">The time period whose blinded key signed it.</param>
/// <param name="Outer">What HSDirs see.</param>
/// <param name="Middle">Client authorization.</param>
/// <param name="Inner">Introduction points and the service's parameters.</param>
public sealed record HsDescriptor(TimePeriod Period, OuterLayer Outer, MiddleLayer Middle, InnerLayer Inner)
{
    /// <summary>KP_hs_blind_id.</summary>
    public BlindedPublicKey BlindedKey => Outer.BlindedKey;

    public ulong RevisionCounter => Outer.RevisionCounter;

    public uint LifetimeMinutes => Outer.LifetimeMinutes;

    /// <summary>The type-08 certificate: after its expiration nobody accepts the descriptor.</summary>
    public Ed25519Certificate SigningKeyCertificate => Outer.SigningKeyCertificate;
}
