using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// What publishing needs of a network-status consensus (dir-spec 3.4.1) and its microdescriptors. Its signatures are
/// not checked again: the tor that handed it over has done so.
/// </summary>
/// <param name="CurrentSharedRandom">shared-rand-current-value; null when the authorities agreed on none.</param>
/// <param name="PreviousSharedRandom">shared-rand-previous-value; null when the authorities agreed on none.</param>
/// <param name="HsDirs">In the order of the consensus, by fingerprint.</param>
/// <param name="UnknownHsDirs">
/// Fingerprints of HSDirs whose microdescriptor was not among those given. tor leaves such a relay out of its ring until
/// it has the microdescriptor, which may be seconds after the consensus.
/// </param>
public sealed record Consensus(
    DateTimeOffset ValidAfter,
    DateTimeOffset FreshUntil,
    DateTimeOffset ValidUntil,
    ConsensusParameters Parameters,
    Bytes32? CurrentSharedRandom,
    Bytes32? PreviousSharedRandom,
    ImmutableArray<HsDir> HsDirs,
    ImmutableArray<string> UnknownHsDirs)
{
    private static readonly TimeSpan ReasonablyLiveMargin = TimeSpan.FromHours(24);

    /// <summary>3600 s on the public network.</summary>
    public TimeSpan VotingInterval => FreshUntil - ValidAfter;

    /// <summary>tor neither publishes nor fetches descriptors by a consensus that is more than a day off.</summary>
    public bool IsReasonablyLive(DateTimeOffset now) =>
        now >= ValidAfter - ReasonablyLiveMargin && now <= ValidUntil + ReasonablyLiveMargin;
}
