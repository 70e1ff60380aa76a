using System.Collections.Concurrent;
using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Collector.Network;

/// <summary>What one consensus says about publishing. Its hash rings are made once and serve all services.</summary>
internal sealed class NetworkView
{
    private readonly ConcurrentDictionary<WhichDescriptor, Lazy<HsDirRing>> _rings = [];

    private NetworkView(Consensus consensus, ServiceSchedule schedule)
    {
        Consensus = consensus;
        Schedule = schedule;
    }

    internal Consensus Consensus { get; }

    internal ServiceSchedule Schedule { get; }

    /// <summary>Both descriptors, the first one first.</summary>
    internal ImmutableArray<ScheduledDescriptor> Descriptors => [Schedule.First, Schedule.Second];

    /// <summary>
    /// The periods that an instance's descriptor may be of. By the clock, in the network's own time: while tor is away its
    /// consensus ages, and the instances' tors go on.
    /// </summary>
    internal ImmutableArray<TimePeriod> ReportPeriodsAt(DateTimeOffset now)
    {
        var current = Schedule.Clock.Timing.PeriodAt(now);
        return [current.Previous, current, current.Next];
    }

    /// <summary>
    /// The earliest period that is not over, for what is thrown away before it. By the consensus, since this host's clock may be
    /// set wrong; and by the clock, since a tor may lie about the time.
    /// </summary>
    internal TimePeriod FirstPeriodAt(DateTimeOffset now)
    {
        var first = Schedule.First.Period;
        return PeriodClock.TryAt(now, Schedule.Clock.Timing, out var clock) && clock.First.Number < first.Number ? clock.First : first;
    }

    /// <summary>Nobody will report of it again: one more than those that are published is kept. One of another length is no use, and does no harm.</summary>
    internal bool IsOver(TimePeriod period, DateTimeOffset now)
    {
        var first = FirstPeriodAt(now);
        return period.LengthMinutes == first.LengthMinutes && period.Number + 1 < first.Number;
    }

    /// <summary>False with a line for a person when nobody can publish by this consensus.</summary>
    internal static bool TryCreate(Consensus consensus, out NetworkView? view, out string problem)
    {
        try
        {
            view = new NetworkView(consensus, ServiceSchedule.From(consensus));
            problem = "";
            return true;
        }
        catch (ArgumentException e)
        {
            view = null;
            problem = $"tor's consensus, valid after {consensus.ValidAfter:u}, is of no use: {e.Message}";
            return false;
        }
    }

    /// <summary>Whom to upload to.</summary>
    internal ImmutableArray<HsDir> HsDirsFor(ScheduledDescriptor descriptor, BlindedPublicKey blindedKey) =>
        RingOf(descriptor).ForStoring(blindedKey);

    /// <summary>Whom of these clients ask.</summary>
    internal ImmutableArray<HsDir> ReadHsDirsFor(ScheduledDescriptor descriptor, BlindedPublicKey blindedKey) =>
        RingOf(descriptor).ForFetching(blindedKey);

    private HsDirRing RingOf(ScheduledDescriptor descriptor) =>
        _rings.GetOrAdd(
            descriptor.Which,
            _ => new Lazy<HsDirRing>(() => HsDirRing.Create(Consensus, descriptor.Period, descriptor.SharedRandom))).Value;
}
