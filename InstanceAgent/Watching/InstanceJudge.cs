using System.Collections.Immutable;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>
/// Decides what to report of one instance from what was seen of it: its descriptors and its introduction circuits.
/// No I/O and no clock of its own.
/// </summary>
/// <remarks>
/// A descriptor is worth reporting while one of its points stands. When none of what was reported stands any more:
/// <list type="bullet">
/// <item>no introduction circuit at all: lost, after the moment that tor needs to replace a point that has expired;</item>
/// <item>others stand: a rotation or a turnover. tor writes the descriptor that names them within about a second; the
/// report stands until that is read, within reason.</item>
/// </list>
/// </remarks>
internal sealed class InstanceJudge(OnionAddress address, DateTimeOffset start)
{
    /// <summary>tor has a successor of an expired point within 0.1 s, when its relay answers.</summary>
    private static readonly TimeSpan PatienceWithoutCircuits = TimeSpan.FromSeconds(1);

    /// <summary>A tor that has just started has its introduction circuits after 3 to 5 s.</summary>
    private static readonly TimeSpan PatienceAtStart = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PatienceForSuccessors = TimeSpan.FromSeconds(6);

    private ImmutableSortedDictionary<ulong, ObservedDescriptor> _known = ImmutableSortedDictionary<ulong, ObservedDescriptor>.Empty;
    private DateTimeOffset? _unreachableSince = start;

    public IntroductionCircuits Circuits { get; } = new(address);

    public InstanceReport Report { get; private set; } = new InstanceReport.Unknown();

    /// <summary>
    /// A descriptor that tor itself holds as its current, or first, one; those of earlier periods are gone with their circuits.
    /// </summary>
    public void ObserveFirst(ObservedDescriptor observed)
    {
        _known = _known.RemoveRange(_known.Keys.Where(period => period < observed.Period.Number));
        Observe(observed);
    }

    /// <summary>A descriptor that an HSDir holds: never newer than tor's own, perhaps older than what is known.</summary>
    public void ObservePublished(ObservedDescriptor observed)
    {
        if (!_known.TryGetValue(observed.Period.Number, out ObservedDescriptor? known) || observed.RevisionCounter >= known.RevisionCounter)
            Observe(observed);
    }

    public void TorGone()
    {
        _known = _known.Clear();
        _unreachableSince = null;
        Circuits.Clear();
        if (Report is not InstanceReport.Lost { Reason: LossReason.TorGone })
            Report = new InstanceReport.Lost(LossReason.TorGone);
    }

    /// <summary>To be called after everything seen, and once in a while. True when there is something new to report.</summary>
    public bool Decide(DateTimeOffset now)
    {
        InstanceReport before = Report;
        ImmutableArray<ObservedDescriptor> standing = [.. _known.Values.Where(Circuits.Carry)];
        if (standing.Length > 0)
        {
            _unreachableSince = null;
            if (Report is not InstanceReport.Present present || !present.Descriptors.SequenceEqual(standing))
                Report = new InstanceReport.Present(standing);
        }
        else if (Report is not InstanceReport.Lost)
        {
            _unreachableSince ??= now;
            if (now - _unreachableSince >= Patience())
                Report = new InstanceReport.Lost(LossReason.NoIntroductionPoints);
        }

        return !ReferenceEquals(before, Report);
    }

    private TimeSpan Patience() => (Report, Circuits.Any) switch
    {
        (InstanceReport.Unknown, _) => PatienceAtStart,
        (_, true) => PatienceForSuccessors,
        (_, false) => PatienceWithoutCircuits,
    };

    private void Observe(ObservedDescriptor observed)
    {
        // Just created and not yet filled: no report, and no reason to forget what is known.
        if (observed.Points.IsEmpty)
            return;
        if (!_known.TryGetValue(observed.Period.Number, out ObservedDescriptor? known) || !known.SaysTheSameAs(observed))
            _known = _known.SetItem(observed.Period.Number, observed);
    }
}
