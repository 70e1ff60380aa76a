using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>Which periods to ask for: from the first descriptor's on, so that both descriptors of each moment are covered. Pure.</summary>
internal static class DelegationPlan
{
    /// <summary>All that are due before so many days have passed; one more than a request can have at most.</summary>
    internal static ImmutableArray<TimePeriod> ForDays(NetworkTiming timing, DateTimeOffset now, int days)
    {
        var end = now.AddDays(Math.Min(days, 36_500));
        return [.. From(timing, now).TakeWhile(period => timing.PublicationOf(period).From < end).Take(DelegationRequest.MostPeriods + 1)];
    }

    /// <inheritdoc cref="ForDays"/>
    internal static ImmutableArray<TimePeriod> OfPeriods(NetworkTiming timing, DateTimeOffset now, int count) =>
        [.. From(timing, now).Take(Math.Min(count, DelegationRequest.MostPeriods + 1))];

    private static IEnumerable<TimePeriod> From(NetworkTiming timing, DateTimeOffset now)
    {
        if (!PeriodClock.TryAt(now, timing, out var clock))
            throw new ArgumentOutOfRangeException(nameof(now));
        for (var period = clock.First; ; period = period.Next)
            yield return period;
    }
}
