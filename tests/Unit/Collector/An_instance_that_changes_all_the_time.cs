using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class An_instance_that_changes_all_the_time
{
    private static readonly NetworkView View = Some.View();
    private static readonly OnionAddress[] Instances = [Some.Address(1), Some.Address(2), Some.Address(3)];

    private readonly InstanceChurn _churn = new();
    private readonly Dictionary<OnionAddress, int> _seeds = Instances.ToDictionary(instance => instance, _ => 0);
    private PublishBudget _budget;

    [Fact]
    public void Does_not_delay_the_failover_of_another()
    {
        Publish(Some.Now);
        // A whole minute of other points in every report; at any moment another instance may be lost, from both descriptors.
        var published = 0;
        for (var now = Some.Now; now < Some.Now.AddMinutes(1); now += PublishDecision.Debounce)
        {
            _seeds[Instances[0]]++;
            if (AllowedAt(now) <= now)
            {
                Publish(now);
                published++;
            }

            Assert.Equal(now, _budget.Spend(now).AvailableAt(now, PublishReason.PointsLost));
        }

        Assert.Equal(InstanceChurn.Rate.Burst + (int)(TimeSpan.FromMinutes(1) / InstanceChurn.Rate.Interval) - 1, published);
        var end = Some.Now.AddMinutes(1);
        _seeds[Instances[0]]++;
        Assert.True(AllowedAt(end.AddSeconds(-1)) > end.AddSeconds(-1));
        _seeds.Remove(Instances[1]);
        Assert.Equal(end.AddSeconds(-1), AllowedAt(end.AddSeconds(-1)));
    }

    [Fact]
    public void Has_its_changes_published_once_it_has_been_quiet()
    {
        Publish(Some.Now);
        for (var i = 0; i < InstanceChurn.Rate.Burst; i++)
        {
            _seeds[Instances[0]]++;
            Assert.Equal(Some.Now, AllowedAt(Some.Now));
            Publish(Some.Now);
        }

        _seeds[Instances[0]]++;
        Assert.Equal(Some.Now + InstanceChurn.Rate.Interval, AllowedAt(Some.Now));
        // Carried along with what another instance has to change, it costs no more than its burst.
        for (var i = 0; i < 3; i++)
        {
            _seeds[Instances[0]]++;
            _seeds[Instances[2]]++;
            Assert.Equal(Some.Now, AllowedAt(Some.Now));
            Publish(Some.Now);
        }

        _seeds[Instances[0]]++;
        Assert.InRange(AllowedAt(Some.Now), Some.Now + InstanceChurn.Rate.Interval, Some.Now + 2 * InstanceChurn.Rate.Interval);
        var later = Some.Now.AddHours(1);
        Assert.Equal(later, AllowedAt(later));
    }

    [Fact]
    public void Waits_no_longer_because_the_clock_was_set_back()
    {
        Publish(Some.Now);
        for (var i = 0; i < InstanceChurn.Rate.Burst; i++)
        {
            _seeds[Instances[0]]++;
            Publish(Some.Now);
        }

        _seeds[Instances[0]]++;
        var setBack = Some.Now.AddDays(-1);
        var now = setBack;
        while (AllowedAt(now) > now)
        {
            now = now.AddSeconds(1);
            _churn.KeepOnly(View.Descriptors.Select(descriptor => descriptor.Period), now);
        }

        Assert.InRange(now, setBack.AddSeconds(1), setBack + InstanceChurn.Rate.Interval + TimeSpan.FromSeconds(1));
    }

    private DateTimeOffset AllowedAt(DateTimeOffset now) => _churn.AvailableAt(Collate(), now);

    private void Publish(DateTimeOffset now)
    {
        _budget = _budget.Spend(now);
        _churn.Spend(Collate(), now);
    }

    private Collation Collate() => Collation.Of(
        new ServiceConfiguration(Some.Address(100), [.. Instances.Select(instance => new EnrolledInstance(instance, "a"))]),
        _seeds.Keys.Select(instance => InstanceRecord.Awaited(instance, "a").Reported(Some.Report(instance, View.Schedule.First.Period, seed: _seeds[instance] % 100)))
            .ToImmutableDictionary(record => record.Address),
        View,
        View.Descriptors[0],
        new HashSet<OnionAddress>(),
        Some.Now);
}
