namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>rend-spec-v3 2.2.4: a service keeps two descriptors published.</summary>
public enum WhichDescriptor
{
    /// <summary>"First descriptor": filed by the previous shared random value.</summary>
    First,

    /// <summary>"Second descriptor": filed by the current shared random value.</summary>
    Second,
}

/// <summary>What makes one of the two descriptors: where it is filed and what its revision counter counts from.</summary>
/// <param name="SharedRandom">The consensus's value, or the disaster value where it has none.</param>
/// <param name="StartOfSrvRun">Its revision counter encrypts the seconds since then: <see cref="RevisionCounter"/>.</param>
public sealed record ScheduledDescriptor(
    WhichDescriptor Which, TimePeriod Period, Bytes32 SharedRandom, DateTimeOffset StartOfSrvRun);

/// <summary>[SERVICEUPLOAD] and [CLIENTFETCH] of rend-spec-v3 (2.2.4.2, 2.2.4.1) for one consensus.</summary>
public sealed record ServiceSchedule(PeriodClock Clock, ScheduledDescriptor First, ScheduledDescriptor Second)
{
    /// <summary>The one that clients fetch as long as they hold this consensus.</summary>
    public ScheduledDescriptor ForClients => Clock.IsBetweenPeriodAndSharedRandom ? Second : First;

    public static ServiceSchedule From(Consensus consensus) => From(consensus, NetworkTiming.Of(consensus));

    /// <summary>With the timing given, for the network whose consensuses do not show it.</summary>
    public static ServiceSchedule From(Consensus consensus, NetworkTiming timing)
    {
        ArgumentNullException.ThrowIfNull(consensus);
        if (!PeriodClock.TryAt(consensus.ValidAfter, timing, out var clock))
            throw new ArgumentException("No consensus of this age or future exists.", nameof(consensus));
        return new ServiceSchedule(
            clock,
            new ScheduledDescriptor(
                WhichDescriptor.First,
                clock.First,
                consensus.PreviousSharedRandom ?? Directory.SharedRandom.Disaster(clock.First),
                clock.StartOfPreviousRun),
            new ScheduledDescriptor(
                WhichDescriptor.Second,
                clock.Second,
                consensus.CurrentSharedRandom ?? Directory.SharedRandom.Disaster(clock.Second),
                clock.StartOfCurrentRun));
    }
}
