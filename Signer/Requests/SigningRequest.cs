using System.Collections.Immutable;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Requests;

/// <summary>A SignRequest whose shape and bounds are in order. Whether it may be signed is for the policy to say.</summary>
internal sealed record SigningRequest(
    OnionAddress Service,
    TimePeriod Period,
    DescriptorRole Role,
    DateTimeOffset ConsensusValidAfter,
    TimeSpan VotingInterval,
    ImmutableArray<NamedEvidence> Evidence,
    ImmutableArray<RequestedSelection> Selections)
{
    /// <summary>SHA3-256 of what is asked for: the same for two requests that differ only in their id and in how evidence was sent.</summary>
    public required Bytes32 Digest { get; init; }

    /// <summary>
    /// The revision counter that the Collector was last given, 0 for none: with it the digest tells a request that is asked
    /// again from a new publication of the same points. Null where the Collector does not say: no request is a repetition.
    /// </summary>
    public ulong? LastRevisionCounter { get; init; }

    /// <summary>Introduction points named in any selection, each counted once.</summary>
    public int PointCount => Selections.SelectMany(selection => selection.Points).Select(point => point.AuthKey).Distinct().Count();

    /// <summary>Instances that these introduction points lead to.</summary>
    public int InstanceCount =>
        Selections.SelectMany(selection => selection.Points).Select(point => Evidence[point.Evidence].Instance).Distinct().Count();
}

/// <summary>An instance's descriptor, by digest; its text only where the Collector sent it along.</summary>
internal sealed record NamedEvidence(OnionAddress Instance, Bytes32 Digest, ReadOnlyMemory<byte>? Text);

/// <summary>The introduction points of one descriptor in their order, and in how many encryptions it is wanted.</summary>
internal sealed record RequestedSelection(ImmutableArray<PointName> Points, int Copies);

/// <summary>An introduction point: in which evidence (an index), and its KP_hs_ipt_sid.</summary>
internal readonly record struct PointName(int Evidence, Ed25519PublicKey AuthKey);
