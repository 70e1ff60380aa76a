using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// What a network's clockwork follows from: the voting interval, of which a shared-random protocol run takes 24
/// (srv-spec 2), and the length of a time period (rend-spec-v3 2.2.1).
/// </summary>
public sealed record NetworkTiming
{
    private const int RoundsPerPhase = 12;
    private const int RoundsPerRun = 24;
    private const uint MaxPeriodLengthMinutes = 24 * 24 * 60;

    private static readonly TimeSpan PublicVotingInterval = TimeSpan.FromHours(1);

    private NetworkTiming(TimeSpan votingInterval, uint periodLengthMinutes)
    {
        VotingInterval = votingInterval;
        PeriodLengthMinutes = periodLengthMinutes;
    }

    /// <summary>The public network: hourly consensuses, daily periods.</summary>
    public static NetworkTiming Public { get; } = new(PublicVotingInterval, 1440);

    public TimeSpan VotingInterval { get; }

    public uint PeriodLengthMinutes { get; }

    /// <summary>From one shared random value to the next.</summary>
    public TimeSpan SharedRandomRun => VotingInterval * RoundsPerRun;

    /// <summary>Half a run, by which periods begin after it.</summary>
    public TimeSpan RotationOffset => VotingInterval * RoundsPerPhase;

    /// <summary>
    /// False for what no tor can run with: a voting interval that is not whole seconds between 5 s and a day, or a period
    /// that is not between 1 minute and 24 days (24 rounds of a day).
    /// </summary>
    public static bool TryCreate(TimeSpan votingInterval, uint periodLengthMinutes, [NotNullWhen(true)] out NetworkTiming? timing)
    {
        var valid = IsVotingInterval(votingInterval) && periodLengthMinutes is >= 1 and <= MaxPeriodLengthMinutes;
        timing = valid ? new NetworkTiming(votingInterval, periodLengthMinutes) : null;
        return valid;
    }

    /// <summary>
    /// The timing of the network that made the consensus. Under TestingTorNetwork, a local option that no consensus
    /// shows, tor makes a period as long as a shared-random run instead of taking hsdir_interval; the sign of such a
    /// network is a voting interval other than the public network's hour. One that votes hourly and yet tests wants
    /// <see cref="TryCreate"/>.
    /// </summary>
    public static NetworkTiming Of(Consensus consensus)
    {
        ArgumentNullException.ThrowIfNull(consensus);
        var interval = consensus.VotingInterval;
        var minutes = interval == PublicVotingInterval
            ? (uint)consensus.Parameters.HsDirInterval
            : (uint)(interval * RoundsPerRun).TotalMinutes;
        return TryCreate(interval, minutes, out var timing)
            ? timing
            : throw new ArgumentException("No tor votes at such an interval.", nameof(consensus));
    }

    /// <summary>The period that a moment belongs to, in whole minutes as tor counts.</summary>
    public TimePeriod PeriodAt(DateTimeOffset time)
    {
        var minutes = time.ToUnixTimeSeconds() / 60 - (long)RotationOffset.TotalMinutes;
        ArgumentOutOfRangeException.ThrowIfNegative(minutes, nameof(time));
        return new TimePeriod((ulong)(minutes / PeriodLengthMinutes), PeriodLengthMinutes);
    }

    /// <summary>When a period begins.</summary>
    public DateTimeOffset StartOf(TimePeriod period) =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes((double)period.Number * PeriodLengthMinutes) + RotationOffset;

    /// <summary>When the shared-random run began that the consensus of this valid-after time belongs to.</summary>
    public DateTimeOffset StartOfRun(DateTimeOffset validAfter)
    {
        var seconds = validAfter.ToUnixTimeSeconds();
        var interval = (long)VotingInterval.TotalSeconds;
        return DateTimeOffset.FromUnixTimeSeconds(seconds - seconds / interval % RoundsPerRun * interval);
    }

    /// <summary>
    /// From when to when a period's descriptor is published: as the second from the start of the shared-random run before
    /// the period, as the first until the run that begins before its end is over.
    /// </summary>
    public (DateTimeOffset From, DateTimeOffset Until) PublicationOf(TimePeriod period) =>
        (StartOfRun(StartOf(period)), StartOfRun(StartOf(period.Next)) + SharedRandomRun);

    internal static bool IsVotingInterval(TimeSpan interval) =>
        interval >= TimeSpan.FromSeconds(5) && interval <= TimeSpan.FromDays(1) && interval.Ticks % TimeSpan.TicksPerSecond == 0;
}
