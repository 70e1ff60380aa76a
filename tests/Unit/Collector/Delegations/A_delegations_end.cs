using System.Diagnostics.Metrics;
using OnionBalance.Split.Collector;
using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Tests.Unit.Collector.Delegations;

public sealed class A_delegations_end : IDisposable
{
    private readonly DelegationBench _bench = new(SigningWay.Signer, SigningWay.Delegation);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Is_told_once_at_seven_three_and_one_day_and_when_it_has_come()
    {
        _bench.Delegate(9);
        var until = _bench.Book.UntilOf(_bench.Service)!.Value;
        var told = new List<string>();
        _bench.Log.Dispose();
        for (var moment = Some.Now; moment < until.AddHours(6); moment = moment.AddHours(1))
        {
            _bench.GoTo(moment);
            told.AddRange(Warnings().Select(line => $"{Math.Ceiling((until - moment).TotalDays):0}: {line.Split(':', 2)[1].Trim()}"));
            Assert.Equal(until - moment <= TimeSpan.FromDays(7), _bench.Book.AnyEndsSoon);
            Assert.Equal(!_bench.Book.AnyEndsSoon, _bench.Book.WarningOf(_bench.Service).Length == 0);
            _bench.Log.Dispose();
        }

        Assert.Equal(4, told.Count);
        Assert.StartsWith($"7: both descriptors can be published by delegation until {until:u}", told[0], StringComparison.Ordinal);
        Assert.Contains("less than 7 days", told[0], StringComparison.Ordinal);
        Assert.StartsWith("3: ", told[1], StringComparison.Ordinal);
        Assert.StartsWith("1: ", told[2], StringComparison.Ordinal);
        Assert.Contains("less than a day", told[2], StringComparison.Ordinal);
        Assert.StartsWith("0: no delegation covers", told[3].Replace("-0", "0", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Starts_over_after_a_renewal()
    {
        _bench.Delegate(2);
        _bench.Book.Look();
        Assert.Single(Warnings());
        _bench.Delegate(20);
        Assert.False(_bench.Book.AnyEndsSoon);
        _bench.Log.Dispose();
        _bench.GoTo(Some.Now.AddDays(15));
        Assert.Single(Warnings());
    }

    [Fact]
    public void Is_told_where_a_service_should_have_delegations_and_has_none_and_nowhere_else()
    {
        _bench.Book.Look();
        _bench.Book.Look();
        Assert.Contains("no delegation covers both", Assert.Single(Warnings()), StringComparison.Ordinal);
        Assert.True(_bench.Book.AnyEndsSoon);
        using var attached = new DelegationBench(SigningWay.Signer);
        attached.Book.Look();
        Assert.False(attached.Book.AnyEndsSoon);
        Assert.Empty(attached.Log.Lines);
    }

    [Fact]
    public void Is_not_guessed_before_the_network_is_known_and_then_remembered()
    {
        _bench.Network.Newest = null;
        _bench.Delegate(30);
        Assert.Null(_bench.Book.UrgencyOf(_bench.Service));
        Assert.False(_bench.Book.AnyEndsSoon);
        _bench.GoTo(Some.Now);
        Assert.Equal(DelegationUrgency.None, _bench.Book.UrgencyOf(_bench.Service));
        _bench.Network.Newest = null;
        Assert.Equal(DelegationUrgency.None, _bench.Book.UrgencyOf(_bench.Service));
    }

    [Fact]
    public void Is_a_gauge_in_seconds()
    {
        var measured = new List<double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == CollectorMetrics.MeterName && instrument.Name == "onionbalance.collector.delegation_time_left" && ReferenceEquals(instrument.Meter.Scope, _bench.Meters))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            Assert.Equal(_bench.Service.ToString(), tags[0].Value);
            measured.Add(value);
        });
        listener.Start();
        _bench.Book.Look();
        listener.RecordObservableInstruments();
        _bench.Delegate(3);
        listener.RecordObservableInstruments();
        Assert.Equal([0, (_bench.Book.UntilOf(_bench.Service)!.Value - Some.Now).TotalSeconds], measured);
    }

    private string[] Warnings() => [.. _bench.Log.Lines.Where(line => line.Contains("delegation", StringComparison.Ordinal) && !line.Contains("deleted", StringComparison.Ordinal))];
}
