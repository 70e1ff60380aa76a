using System.Collections.Immutable;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>What is made of files that contradict one another, and how much is remembered.</summary>
public sealed class The_owner_of_a_point
{
    private static readonly TimePeriod Today = new(20_780, 1440);

    private static readonly InstanceReport One = Some.Report(Some.Address(1), Today, received: Some.Now.AddMinutes(-9));

    [Fact]
    public void Is_whoever_showed_it_first_by_the_recorded_times()
    {
        var later = Robbing(Some.Address(2), Some.Now.AddMinutes(-8));
        var (kept, contested) = Settle([One, later]);
        Assert.Equal([One], kept.Reports.Select(item => item.Report));
        Assert.Equal([later], contested.AsEnumerable());
        Assert.Equal(One.Points.Length, kept.Shown[One.Instance].ByKey.Count);
        Assert.Equal(later.Points.Length - 1, kept.Shown[later.Instance].ByKey.Count);
    }

    [Fact]
    public void Is_nobody_of_those_who_showed_it_in_the_same_instant()
    {
        var twin = Robbing(Some.Address(2), One.Received);
        var other = Some.Report(Some.Address(3), Today);
        var (kept, contested) = Settle([One, twin, other]);
        Assert.Equal([other], kept.Reports.Select(item => item.Report));
        Assert.Equal([One, twin], contested.AsEnumerable());
        Assert.DoesNotContain(One.Points[0].AuthKey.Bytes, kept.Shown.Values.SelectMany(shown => shown.ByKey.Keys));
    }

    [Fact]
    public void Goes_by_when_it_was_first_shown_and_not_by_its_latest_report()
    {
        var thief = Robbing(Some.Address(2), Some.Now.AddMinutes(-8));
        var newer = One with { Received = Some.Now.AddMinutes(-1) };
        var (kept, contested) = PointOwnership.Settle(new StoredReports(
            [(newer, false), (thief, false)], ImmutableDictionary<OnionAddress, ShownPoints>.Empty.Add(One.Instance, ShownPoints.None.With(One))));
        Assert.Equal([newer], kept.Reports.Select(item => item.Report));
        Assert.Equal([thief], contested.AsEnumerable());
    }

    [Fact]
    public void Is_itself_in_all_its_own_periods()
    {
        var next = One with { Period = Today.Next, Received = Some.Now };
        var (kept, contested) = Settle([One, next]);
        Assert.Empty(contested);
        Assert.Equal(2, kept.Reports.Length);
    }

    [Fact]
    public void Does_not_count_when_it_is_not_enrolled_any_more()
    {
        var later = Robbing(Some.Address(2), Some.Now.AddMinutes(-8));
        var stored = Stored([One, later]).Of(address => address != One.Instance);
        var (kept, contested) = PointOwnership.Settle(stored);
        Assert.Empty(contested);
        Assert.Equal([later], kept.Reports.Select(item => item.Report));
    }

    [Fact]
    public void Remembers_the_latest_points_of_one_who_shows_ever_new_ones_and_always_those_of_its_reports()
    {
        var record = InstanceRecord.Awaited(One.Instance, "a").Reported(One);
        for (var i = 0; i * 20 < ShownPoints.Most; i++)
            record = record.Reported(Some.Report(One.Instance, Today.Next, points: 20, received: Some.Now.AddSeconds(i), seed: i));
        Assert.Equal(ShownPoints.Most, record.Shown.ByKey.Count);
        Assert.True(record.HasShown(One.Points[0].AuthKey.Bytes));
        Assert.True(record.HasShown(record.Reports[Today.Next].Points[0].AuthKey.Bytes));
    }

    [Fact]
    public void Is_read_back_from_its_file_as_it_was_written()
    {
        var shown = ShownPoints.None.With(One);
        var read = ShownPointsFile.Read(ShownPointsFile.Write(shown));
        Assert.Equal(shown.ByKey.OrderBy(pair => pair.Key), read!.ByKey.OrderBy(pair => pair.Key));
        foreach (var damaged in (string[])["", "null", "[null]", "{}", """[{"AuthKey":"00","First":"2026-01-01T00:00:00Z","Until":"2026-01-01T00:00:00Z"}]"""])
            Assert.Null(ShownPointsFile.Read(System.Text.Encoding.UTF8.GetBytes(damaged)));
    }

    private static (StoredReports Kept, ImmutableArray<InstanceReport> Contested) Settle(ReadOnlySpan<InstanceReport> reports) =>
        PointOwnership.Settle(Stored(reports));

    private static StoredReports Stored(ReadOnlySpan<InstanceReport> reports) =>
        new([.. reports.ToArray().Select(report => (report, false))], ImmutableDictionary<OnionAddress, ShownPoints>.Empty);

    private static InstanceReport Robbing(OnionAddress thief, DateTimeOffset received)
    {
        var own = Some.Report(thief, Today, received: received);
        return own with { Inner = own.Inner with { IntroductionPoints = own.Points.Add(One.Points[0]) } };
    }
}
