using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// [TIME-PERIODS], [FETCHUPLOADDESC] of rend-spec-v3 (2.2.1 to 2.2.4): which period and which shared-random run a moment
/// belongs to. The moment is the valid-after of a consensus, never a clock's reading: all tors agree on it.
/// </summary>
/// <remarks>
/// On the public network, with R a shared random value (00:00 UTC) and P the start of a period (12:00 UTC):
/// <code>
///  R1      P1      R2      P2      R3
///  |-------|-------|-------|-------|
///                  ^ first: P1, second: P2
///                          ^ first: P1, second: P2; clients use P2 from here on
/// </code>
/// </remarks>
public sealed record PeriodClock
{
    private PeriodClock(DateTimeOffset validAfter, NetworkTiming timing)
    {
        ValidAfter = validAfter;
        Timing = timing;
        Current = timing.PeriodAt(validAfter);
        StartOfCurrentRun = timing.StartOfRun(validAfter);
        IsBetweenPeriodAndSharedRandom = validAfter >= timing.StartOf(timing.PeriodAt(StartOfCurrentRun).Next);
        First = IsBetweenPeriodAndSharedRandom ? Current.Previous : Current;
        Second = First.Next;
    }

    public DateTimeOffset ValidAfter { get; }

    public NetworkTiming Timing { get; }

    /// <summary>The period that clients look for.</summary>
    public TimePeriod Current { get; }

    /// <summary>The first descriptor's period.</summary>
    public TimePeriod First { get; }

    /// <summary>The second descriptor's period.</summary>
    public TimePeriod Second { get; }

    /// <summary>Where the second descriptor's revision counter counts from.</summary>
    public DateTimeOffset StartOfCurrentRun { get; }

    /// <summary>Where the first descriptor's revision counter counts from.</summary>
    public DateTimeOffset StartOfPreviousRun => StartOfCurrentRun - Timing.SharedRandomRun;

    /// <summary>True from the start of a period to the next shared random value: clients then use the second descriptor.</summary>
    public bool IsBetweenPeriodAndSharedRandom { get; }

    /// <summary>
    /// The first consensus valid from this moment on brings a new shared random value: the second descriptor becomes the
    /// first, and a new second one is due.
    /// </summary>
    public DateTimeOffset NextRotation => StartOfCurrentRun + Timing.SharedRandomRun;

    /// <summary>The first consensus valid from this moment on sends clients to the next period's descriptor.</summary>
    public DateTimeOffset NextPeriod => Timing.StartOf(Current.Next);

    /// <summary>False when the moment is outside the years 1980 to 2199.</summary>
    public static bool TryAt(DateTimeOffset validAfter, NetworkTiming timing, [NotNullWhen(true)] out PeriodClock? clock)
    {
        ArgumentNullException.ThrowIfNull(timing);
        clock = IsInRange(validAfter) ? new PeriodClock(validAfter, timing) : null;
        return clock is not null;
    }

    internal static bool IsInRange(DateTimeOffset time) => time.UtcDateTime.Year is >= 1980 and < 2200;
}
