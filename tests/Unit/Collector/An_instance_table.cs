using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class An_instance_table : IDisposable
{
    private static readonly OnionAddress One = The_introduction_point_selector.Address(1);
    private static readonly OnionAddress Two = The_introduction_point_selector.Address(2);
    private static readonly TimePeriod Today = new(20_000, 1440);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<OnionAddress> _lost = [];
    private readonly InstanceTable _table;
    private int _changes;

    public An_instance_table()
    {
        _table = new InstanceTable(_time, NullLogger<InstanceTable>.Instance);
        _table.Enrol(Configuration((One, "a"), (Two, "b")));
        _table.RunGrace(true);
        _table.BecameLost += _lost.Add;
        _table.Changed += () => _changes++;
    }

    public void Dispose() => _table.Dispose();

    [Fact]
    public void Awaits_instances_that_never_reported()
    {
        _table.Unconfirm([One]);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(InstanceState.Awaited, StateOf(One));
        Assert.Empty(_lost);
    }

    [Fact]
    public void Calls_an_instance_lost_that_never_reported_when_its_agent_says_so()
    {
        _table.Lose(One, "its tor is gone");
        Assert.Equal(InstanceState.Lost, StateOf(One));
        // There was nothing to lose: nothing on disk to mark.
        Assert.Empty(_lost);
        _table.Report(Report(One));
        Assert.Equal(InstanceState.Present, StateOf(One));
    }

    [Fact]
    public void Takes_a_broken_stream_as_a_loss_after_the_grace_and_not_before()
    {
        _table.Report(Report(One));
        _table.Unconfirm([One]);
        Assert.Equal(InstanceState.Grace, StateOf(One));
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(InstanceState.Grace, StateOf(One));
        Assert.Single(_table.Snapshot[One].Reports);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(InstanceState.Lost, StateOf(One));
        Assert.Empty(_table.Snapshot[One].Reports);
        Assert.Equal([One], _lost);
    }

    [Fact]
    public void Keeps_an_instance_that_is_reported_again_within_the_grace()
    {
        _table.Report(Report(One));
        _table.Unconfirm([One]);
        _time.Advance(TimeSpan.FromSeconds(9));
        _table.Report(Report(One));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(InstanceState.Present, StateOf(One));
        Assert.Empty(_lost);
    }

    [Fact]
    public void Ends_each_grace_at_its_own_time()
    {
        _table.Report(Report(One));
        _table.Report(Report(Two));
        _table.Unconfirm([One]);
        _time.Advance(TimeSpan.FromSeconds(4));
        _table.Unconfirm([Two]);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal((InstanceState.Lost, InstanceState.Grace), (StateOf(One), StateOf(Two)));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(InstanceState.Lost, StateOf(Two));
    }

    [Fact]
    public void Loses_at_once_what_is_said_to_be_lost()
    {
        _table.Report(Report(One));
        _table.Lose(One, "test");
        Assert.Equal(InstanceState.Lost, StateOf(One));
        Assert.Equal([One], _lost);
    }

    [Fact]
    public void Remembers_the_highest_counter_of_a_lost_instance()
    {
        _table.Report(Report(One, revision: 7));
        _table.Lose(One, "test");
        Assert.True(_table.Snapshot[One].IsRevisionTooLow(Report(One, revision: 6)));
        Assert.False(_table.Snapshot[One].IsRevisionTooLow(Report(One, revision: 7)));
        Assert.False(_table.Snapshot[One].IsRevisionTooLow(Report(One, revision: 1, Today.Next)));
    }

    [Fact]
    public void Prefers_the_report_of_the_period_and_else_takes_that_of_the_latest_period()
    {
        _table.Report(Report(One, revision: 1, Today.Next));
        _time.Advance(TimeSpan.FromMinutes(1));
        _table.Report(Report(One, revision: 2, Today));
        var record = _table.Snapshot[One];
        ImmutableArray<TimePeriod> window = [Today.Previous, Today, Today.Next];
        Assert.Equal(Today.Next, record.For(Today.Next, window, _time.GetUtcNow())!.Period);
        Assert.Equal(Today, record.For(Today, window, _time.GetUtcNow())!.Period);
        Assert.Equal(Today.Next, record.For(Today.Previous, window, _time.GetUtcNow())!.Period);
        Assert.Equal(Today.Next, record.For(Today, [Today.Next], _time.GetUtcNow())!.Period);
        Assert.Null(record.For(Today, window, _time.GetUtcNow().AddHours(54)));
    }

    [Fact]
    public void Gives_what_comes_from_disk_the_grace_to_be_confirmed()
    {
        _table.Restore(Stored((Report(One), false), (Report(Two, revision: 9), true)));
        Assert.Equal((InstanceState.Grace, InstanceState.Lost), (StateOf(One), StateOf(Two)));
        Assert.Empty(_table.Snapshot[Two].Reports);
        Assert.True(_table.Snapshot[Two].IsRevisionTooLow(Report(Two, revision: 8)));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(InstanceState.Lost, StateOf(One));
    }

    [Fact]
    public void Holds_the_grace_while_nobody_could_confirm_anything()
    {
        _table.RunGrace(false);
        _table.Restore(Stored((Report(One), false)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(InstanceState.Grace, StateOf(One));
        _table.RunGrace(true);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(InstanceState.Grace, StateOf(One));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(InstanceState.Lost, StateOf(One));
    }

    [Fact]
    public void Keeps_what_it_knows_when_the_configuration_is_read_again()
    {
        _table.Report(Report(One));
        _table.Report(Report(Two));
        _table.Enrol(Configuration((One, "a"), (The_introduction_point_selector.Address(3), "c")));
        Assert.Equal(InstanceState.Present, StateOf(One));
        Assert.False(_table.Snapshot.ContainsKey(Two));
        Assert.Equal(InstanceState.Awaited, StateOf(The_introduction_point_selector.Address(3)));
    }

    [Fact]
    public void Wants_an_instance_confirmed_that_moves_to_another_agent()
    {
        _table.Report(Report(One));
        _table.Enrol(Configuration((One, "c"), (Two, "b")));
        Assert.Equal(InstanceState.Grace, StateOf(One));
        Assert.Equal("c", _table.Snapshot[One].Agent);
    }

    [Fact]
    public void Forgets_periods_that_are_over_and_certificates_that_have_ended()
    {
        _table.Report(Report(One, revision: 1, Today));
        _table.Report(Report(One, revision: 1, Today.Next));
        _table.Forget(period => period.Number <= Today.Number);
        Assert.Equal([Today.Next], _table.Snapshot[One].Reports.Keys);
        Assert.Equal([Today.Next], _table.Snapshot[One].Counters.Keys);
        _time.Advance(TimeSpan.FromHours(100));
        _table.Forget(_ => false);
        Assert.Equal(InstanceState.Lost, StateOf(One));
    }

    [Fact]
    public void Tells_changes_and_only_changes()
    {
        _table.Unconfirm([One]);
        Assert.Equal(0, _changes);
        _table.Lose(One, "test");
        _table.Lose(One, "test");
        Assert.Equal(1, _changes);
        _table.Report(Report(One));
        Assert.Equal(2, _changes);
    }

    private InstanceState StateOf(OnionAddress address) => _table.Snapshot[address].State;

    private static StoredReports Stored(params ReadOnlySpan<(InstanceReport Report, bool IsLost)> reports) =>
        new([.. reports], ImmutableDictionary<OnionAddress, ShownPoints>.Empty);

    private InstanceReport Report(OnionAddress instance, ulong revision = 1, TimePeriod? period = null) => new(
        instance,
        period ?? Today,
        instance.PublicKey.Blind(period ?? Today),
        revision,
        new InnerLayer(),
        [],
        default,
        _time.GetUtcNow().AddHours(54),
        _time.GetUtcNow());

    internal static CollectorConfiguration Configuration(params ReadOnlySpan<(OnionAddress Address, string Agent)> instances)
    {
        var enrolled = ImmutableArray.CreateBuilder<EnrolledInstance>();
        foreach (var (address, agent) in instances)
            enrolled.Add(new EnrolledInstance(address, agent));
        Assert.True(ControlEndpoint.TryParse("127.0.0.1:9051", out var control));
        return new CollectorConfiguration(
            new TorConfiguration(control, null),
            [],
            "/run/operator",
            "/state",
            new TlsFiles("c", "k", "ca"),
            TimeSpan.FromSeconds(10),
            [new ServiceConfiguration(The_introduction_point_selector.Address(100), enrolled.DrainToImmutable())]);
    }
}
