using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Selection;

/// <summary>An introduction point that could go into a master descriptor.</summary>
/// <param name="AuthKey">KP_hs_ipt_sid: its name, in the Signer's words too.</param>
/// <param name="Relay">The relay it stands on, by a name that all its points have in common.</param>
internal sealed record CandidatePoint(Bytes32 AuthKey, string Relay);

/// <summary>One instance and what it offers for one time period.</summary>
internal sealed record CandidateInstance(OnionAddress Address, ImmutableArray<CandidatePoint> Points);

/// <summary>An introduction point that was chosen, and whose it is.</summary>
internal sealed record ChosenPoint(OnionAddress Instance, Bytes32 AuthKey);
