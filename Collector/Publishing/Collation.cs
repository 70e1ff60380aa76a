using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// What should be published of one service for one time period, from what is known now: which introduction points, by
/// whose evidence, for which HSDirs. Pure.
/// </summary>
/// <param name="HsDirs">Those of index i get selection i modulo the number of selections.</param>
internal sealed record Collation(
    OnionAddress Service,
    NetworkView View,
    ScheduledDescriptor Descriptor,
    SelectionPlan Plan,
    ImmutableDictionary<OnionAddress, InstanceReport> Reports,
    ImmutableArray<HsDir> HsDirs)
{
    internal WantedDescriptor Wanted => new(
        Plan,
        Offers.Values.SelectMany(points => points).ToHashSet(),
        [.. HsDirs.Select(hsDir => hsDir.Fingerprint)]);

    /// <summary>The introduction points of each instance, chosen or not.</summary>
    internal ImmutableDictionary<OnionAddress, ImmutableHashSet<Bytes32>> Offers { get; } =
        Reports.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Points.Select(point => point.AuthKey.Bytes).ToImmutableHashSet());

    /// <param name="leftOut">Instances that the Signer will not have.</param>
    internal static Collation Of(
        ServiceConfiguration service,
        ImmutableDictionary<OnionAddress, InstanceRecord> instances,
        NetworkView view,
        ScheduledDescriptor descriptor,
        IReadOnlySet<OnionAddress> leftOut,
        DateTimeOffset now)
    {
        var window = view.ReportPeriodsAt(now);
        var reports = service.Instances
            .Where(instance => !leftOut.Contains(instance.Address))
            .Select(instance => instances.GetValueOrDefault(instance.Address)?.For(descriptor.Period, window, now))
            .OfType<InstanceReport>()
            .ToImmutableDictionary(report => report.Instance);
        var blindedKey = service.Address.PublicKey.Blind(descriptor.Period);
        var read = view.ReadHsDirsFor(descriptor, blindedKey);
        var plan = read.IsEmpty ? SelectionPlan.Empty : IntroductionPointSelector.Plan(reports.Values.Select(CandidateOf), read.Length);
        // Those that clients ask come first, so that the selections fall evenly on them.
        ImmutableArray<HsDir> hsDirs = [.. read, .. view.HsDirsFor(descriptor, blindedKey).Except(read)];
        return new Collation(service.Address, view, descriptor, plan, reports, hsDirs);
    }

    /// <param name="last">The publication of this period before, if any.</param>
    internal SigningJob ToJob(Publication? last) => new(
        Service,
        Descriptor,
        View.Consensus.ValidAfter,
        View.Consensus.VotingInterval,
        Plan,
        [.. Enumerable.Range(0, Plan.Selections.Length).Select(selection => Enumerable.Range(0, HsDirs.Length).Count(i => SelectionOf(i) == selection))],
        Plan.Selections.SelectMany(points => points).Select(point => point.Instance).Distinct()
            .ToImmutableDictionary(instance => instance, instance => Reports[instance]),
        last?.RevisionCounter ?? 0);

    /// <summary>Each HSDir with its own finished copy.</summary>
    internal ImmutableArray<(HsDir HsDir, ReadOnlyMemory<byte> Descriptor)> Distribute(ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> copies) =>
        [.. HsDirs.Select((hsDir, i) => (hsDir, copies[SelectionOf(i)][i / Plan.Selections.Length]))];

    private int SelectionOf(int hsDir) => hsDir % Plan.Selections.Length;

    private static CandidateInstance CandidateOf(InstanceReport report) => new(
        report.Instance,
        [.. report.Points.Select(point => new CandidatePoint(point.AuthKey.Bytes, RelayOf(point)))]);

    /// <summary>As tor's clients tell relays apart: by the legacy identity. A point without one is of no use to them.</summary>
    private static string RelayOf(IntroductionPoint point) => point.RelayFingerprint ?? (point.RelayIdentity ?? point.OnionKey.Bytes).ToHex();
}
