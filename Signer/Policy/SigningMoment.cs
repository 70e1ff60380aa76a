using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Policy;

/// <summary>
/// What the Signer's own clock and its configured network allow now. The Collector names a consensus and a period; here
/// they are held against what the Signer knows by itself. Pure.
/// </summary>
internal sealed class SigningMoment
{
    /// <summary>A consensus is valid for three voting intervals, and tor goes by it for a day after: 27 on the public network.</summary>
    internal const int OldestConsensusInIntervals = 27;

    /// <summary>The two hosts' clocks may differ by as much.</summary>
    internal const int NewestConsensusInIntervals = 1;

    private readonly NetworkTiming _network;

    public SigningMoment(DateTimeOffset now, NetworkTiming network)
    {
        Now = now;
        _network = network;
        Current = network.PeriodAt(now);
        Window = [Current.Previous, Current, Current.Next];
    }

    /// <summary>This host's clock.</summary>
    public DateTimeOffset Now { get; }

    public TimePeriod Current { get; }

    /// <summary>Previous, current and next period: two of them are published at any time.</summary>
    public ImmutableArray<TimePeriod> Window { get; }

    /// <summary>Null outside the window.</summary>
    public PeriodPlace? PlaceOf(TimePeriod period) => Window.IndexOf(period) is >= 0 and var at ? (PeriodPlace)at : null;

    /// <summary>
    /// Checks consensus time and period. On true, <paramref name="runStart"/> is where the revision counter counts from
    /// (rend-spec-v3 F.2).
    /// </summary>
    public bool TryAdmit(SigningRequest request, out DateTimeOffset runStart, [NotNullWhen(false)] out NotSigned? refused)
    {
        runStart = default;
        refused = CheckNetwork(request) ?? CheckConsensus(request.ConsensusValidAfter) ?? CheckWindow(request.Period);
        if (refused is not null)
            return false;
        if (!PeriodClock.TryAt(request.ConsensusValidAfter, _network, out var clock))
        {
            refused = new NotSigned(SignRefusal.ConsensusTime, "no consensus of such an age or future exists");
            return false;
        }

        var (period, start) = request.Role == DescriptorRole.First
            ? (clock.First, clock.StartOfPreviousRun)
            : (clock.Second, clock.StartOfCurrentRun);
        if (period != request.Period)
        {
            refused = new NotSigned(
                SignRefusal.RoleOfAnotherPeriod,
                $"by the consensus named, the {Word(request.Role)} descriptor is that of period {period}, not of {request.Period}");
            return false;
        }

        runStart = start;
        return true;
    }

    private NotSigned? CheckNetwork(SigningRequest request)
    {
        if (request.VotingInterval != _network.VotingInterval)
            return new NotSigned(SignRefusal.Network, $"a voting interval of {request.VotingInterval} is not that of the network configured here, {_network.VotingInterval}");
        return request.Period.LengthMinutes != _network.PeriodLengthMinutes
            ? new NotSigned(SignRefusal.Network, $"a period of {request.Period.LengthMinutes} minutes is not one of the network configured here: they have {_network.PeriodLengthMinutes}")
            : null;
    }

    private NotSigned? CheckConsensus(DateTimeOffset validAfter)
    {
        var age = Now - validAfter;
        if (age > _network.VotingInterval * OldestConsensusInIntervals)
            return new NotSigned(SignRefusal.ConsensusTime, $"the consensus named became valid {age:c} ago by this host's clock, which is too old");
        return age < -_network.VotingInterval * NewestConsensusInIntervals
            ? new NotSigned(SignRefusal.ConsensusFromFuture, $"the consensus named becomes valid only in {-age:c} by this host's clock")
            : null;
    }

    private NotSigned? CheckWindow(TimePeriod period) =>
        Window.Contains(period)
            ? null
            : new NotSigned(SignRefusal.PeriodOutsideWindow, $"period {period} is none of the previous, the current ({Current}) and the next");

    private static string Word(DescriptorRole role) => role == DescriptorRole.First ? "first" : "second";
}
