using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>What the disk has of the instances.</summary>
/// <param name="Shown">The introduction points that each has shown, also in reports that are no longer there.</param>
internal sealed record StoredReports(
    ImmutableArray<(InstanceReport Report, bool IsLost)> Reports, ImmutableDictionary<OnionAddress, ShownPoints> Shown)
{
    internal StoredReports Of(Func<OnionAddress, bool> isEnrolled) => new(
        Reports.RemoveAll(item => !isEnrolled(item.Report.Instance)),
        Shown.RemoveRange(Shown.Keys.Where(instance => !isEnrolled(instance))));
}
