using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>What the linter compares a descriptor with. What is null is not compared.</summary>
/// <param name="Identity">KP_hs_id of the service it should be of.</param>
/// <param name="Period">The time period it should be of.</param>
/// <param name="Now">The time to judge expiry by.</param>
public sealed record LintExpectation(IdentityPublicKey Identity, TimePeriod Period, DateTimeOffset Now)
{
    public ulong? RevisionCounter { get; init; }

    /// <summary>The introduction points, in order.</summary>
    public ImmutableArray<IntroductionPoint>? IntroductionPoints { get; init; }

    /// <summary>When the introduction points were certified, which fixes their certificates' expiration.</summary>
    public DateTimeOffset? BuiltAt { get; init; }

    /// <summary>The expiration that the type-08 certificate should have, in hours since the epoch.</summary>
    public uint? SigningKeyExpirationHours { get; init; }

    /// <summary>
    /// Whether the type-08 certificate is as old as the others, as C tor makes them. Certificates made in advance are
    /// not, and can be told by it.
    /// </summary>
    public bool CertifiedTogether { get; init; } = true;

    /// <summary>KP_hs_desc_sign, which stays the same for a whole period.</summary>
    public Ed25519PublicKey? SigningKey { get; init; }

    /// <summary>The middle layer, which stays the same for a whole period. It opens the inner one where discovery is restricted.</summary>
    public MiddleLayerPlan? Middle { get; init; }

    /// <summary>A client's key, where discovery is restricted and the plan is not at hand.</summary>
    public X25519SecretKey? ClientAuth { get; init; }
}
