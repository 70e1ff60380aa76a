using System.Collections.Immutable;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// What is known of one enrolled instance at one moment. Its ways:
/// <code>
///  awaited --report--> present --stream broke--> grace --report--> present
///                         |                        |
///                         '---lost, goodbye--------'--time is up--> lost --report--> present
/// </code>
/// </summary>
/// <param name="Reports">What is published from; empty when awaited or lost.</param>
/// <param name="Counters">The highest revision counter seen of each period, which is to say of each blinded key: outlives the reports.</param>
/// <param name="Shown">Every introduction point that is its own because it showed it first: outlives the reports.</param>
/// <param name="GraceEnds">Set in grace only.</param>
/// <param name="Rival">Set when its last report was refused for naming an introduction point of this other instance.</param>
internal sealed record InstanceRecord(
    OnionAddress Address,
    string Agent,
    InstanceState State,
    ImmutableDictionary<TimePeriod, InstanceReport> Reports,
    ImmutableDictionary<TimePeriod, ulong> Counters,
    ShownPoints Shown,
    DateTimeOffset? LastReport,
    DateTimeOffset? GraceEnds,
    OnionAddress? Rival)
{
    /// <summary>The Signer's clock may be ahead.</summary>
    private static readonly TimeSpan ExpiryMargin = TimeSpan.FromMinutes(5);

    internal static InstanceRecord Awaited(OnionAddress address, string agent) => new(
        address,
        agent,
        InstanceState.Awaited,
        ImmutableDictionary<TimePeriod, InstanceReport>.Empty,
        ImmutableDictionary<TimePeriod, ulong>.Empty,
        ShownPoints.None,
        null,
        null,
        null);

    /// <summary>Equal is allowed: tor changes introduction points without a new counter until it uploads.</summary>
    internal bool IsRevisionTooLow(InstanceReport report) =>
        Counters.TryGetValue(report.Period, out var highest) && report.RevisionCounter < highest;

    internal bool HasShown(Bytes32 authKey) =>
        Shown.ByKey.ContainsKey(authKey) || Reports.Values.Any(report => report.Points.Any(point => point.AuthKey.Bytes == authKey));

    internal InstanceRecord Reported(InstanceReport report) => this with
    {
        State = InstanceState.Present,
        Reports = Reports.SetItem(report.Period, report),
        Counters = Counters.SetItem(report.Period, report.RevisionCounter),
        Shown = Shown.With(report),
        LastReport = report.Received,
        GraceEnds = null,
        Rival = null,
    };

    /// <summary>From disk: usable, until its agent does not come back in time.</summary>
    internal InstanceRecord Restored(InstanceReport report, DateTimeOffset graceEnds) =>
        Reported(report) with
        {
            State = InstanceState.Grace,
            LastReport = LastReport > report.Received ? LastReport : report.Received,
            GraceEnds = graceEnds,
        };

    /// <summary>From disk: known to be lost, and its counter must still not go back.</summary>
    internal InstanceRecord RestoredLost(InstanceReport report) => this with
    {
        State = State == InstanceState.Awaited ? InstanceState.Lost : State,
        Counters = Counters.SetItem(report.Period, report.RevisionCounter),
        LastReport = LastReport > report.Received ? LastReport : report.Received,
    };

    /// <summary>Nobody vouches for it until its next report. Only what has something to lose goes into grace.</summary>
    internal InstanceRecord Unconfirmed(DateTimeOffset graceEnds) =>
        State is InstanceState.Present or InstanceState.Grace
            ? this with { State = InstanceState.Grace, GraceEnds = graceEnds }
            : this;

    /// <summary>One that was never reported too: its agent is there, and says so.</summary>
    internal InstanceRecord Lost() =>
        State == InstanceState.Lost
            ? this
            : this with
            {
                State = InstanceState.Lost,
                Reports = ImmutableDictionary<TimePeriod, InstanceReport>.Empty,
                GraceEnds = null,
            };

    /// <summary>Forgets what is of no use any more: reports whose certificate has ended, and periods that are over.</summary>
    internal InstanceRecord Without(Func<TimePeriod, bool> isOver, DateTimeOffset now)
    {
        var left = this with
        {
            Reports = Reports.RemoveRange(Reports.Values.Where(report => isOver(report.Period) || report.Expires <= now).Select(report => report.Period)),
            Counters = Counters.RemoveRange(Counters.Keys.Where(isOver)),
            Shown = Shown.WithoutExpired(now),
        };
        return left.Reports.IsEmpty ? left.Lost() : left;
    }

    /// <summary>
    /// Its descriptor of that period where it has one, else that of its latest period, whichever came last: any living
    /// introduction point will do, and those of the earlier period close first, without a word. Only what a Signer would
    /// take: of the window, and with a certificate that holds for a while yet.
    /// </summary>
    internal InstanceReport? For(TimePeriod period, ImmutableArray<TimePeriod> window, DateTimeOffset now)
    {
        var usable = Reports.Values.Where(report => window.Contains(report.Period) && report.Expires > now + ExpiryMargin).ToArray();
        return usable.FirstOrDefault(report => report.Period == period) ?? usable.MaxBy(report => report.Period.Number);
    }
}
