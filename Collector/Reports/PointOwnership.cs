using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// An introduction point is the instance's that showed it first. Its certificates prove nothing: an instance makes them with
/// its own signing key for any KP_hs_ipt_sid, and one in an attacker's hands reads those of the others in the master
/// descriptor. But it can read them only after their owner's report has come, so whoever comes second lies. Pure.
/// </summary>
internal static class PointOwnership
{
    /// <summary>Another instance that has shown one of the report's points before; null when there is none.</summary>
    internal static OnionAddress? RivalOf(InstanceReport report, IEnumerable<InstanceRecord> records) =>
        records.FirstOrDefault(record => record.Address != report.Instance && report.Points.Any(point => record.HasShown(point.AuthKey.Bytes)))?.Address;

    /// <summary>
    /// What is on disk was free of conflicts when it was written. If it no longer is, a point is the instance's that showed it
    /// first by the recorded times; of the same instant, nobody's. Reports that name a point which is not their instance's are
    /// contested.
    /// </summary>
    internal static (StoredReports Kept, ImmutableArray<InstanceReport> Contested) Settle(StoredReports stored)
    {
        var shown = stored.Shown.ToBuilder();
        foreach (var (report, _) in stored.Reports.OrderBy(item => item.Report.Received))
            shown[report.Instance] = shown.GetValueOrDefault(report.Instance, ShownPoints.None).With(report);
        var owners = new Dictionary<Bytes32, (OnionAddress? Instance, DateTimeOffset First)>();
        foreach (var (instance, key, first) in shown.SelectMany(pair => pair.Value.ByKey.Select(point => (pair.Key, point.Key, point.Value.First))))
        {
            if (!owners.TryGetValue(key, out var known) || first < known.First)
                owners[key] = (instance, first);
            else if (first == known.First)
                owners[key] = (null, first);
        }

        var contested = stored.Reports.Select(item => item.Report)
            .Where(report => report.Points.Any(point => IsOthers(point.AuthKey.Bytes, report.Instance)))
            .ToImmutableArray();
        return (
            new StoredReports(
                stored.Reports.RemoveAll(item => contested.Contains(item.Report)),
                shown.ToImmutableDictionary(
                    pair => pair.Key,
                    pair => new ShownPoints(pair.Value.ByKey.RemoveRange(pair.Value.ByKey.Keys.Where(key => IsOthers(key, pair.Key)))))),
            contested);

        bool IsOthers(Bytes32 key, OnionAddress instance) => owners.TryGetValue(key, out var owner) && owner.Instance != instance;
    }
}
