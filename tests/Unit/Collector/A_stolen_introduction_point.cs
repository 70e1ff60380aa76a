using System.Diagnostics.Metrics;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Collector;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tests.Unit.TorDirectory;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>
/// A backend in an attacker's hands reads the others' KP_hs_ipt_sid in the master descriptor, and names them in its own
/// descriptor with a key of its own. Each certificate and signature of it holds.
/// </summary>
public sealed class A_stolen_introduction_point : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 4, 47, 11, TimeSpan.Zero);
    private static readonly TimePeriod Period = NetworkTiming.Public.PeriodAt(Now);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly Instance _owner = new();
    private readonly Instance _thief = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("obs-stolen").FullName;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CollectedLog _log = new();
    private readonly LoggerFactory _loggers;
    private InstanceTable _table = null!;
    private ReportStore _store = null!;
    private ReportIntake _intake = null!;

    public A_stolen_introduction_point()
    {
        _loggers = new LoggerFactory([_log]);
        Start();
    }

    public void Dispose()
    {
        _intake.Dispose();
        _table.Dispose();
        _loggers.Dispose();
        _services.Dispose();
        _owner.Dispose();
        _thief.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Dictionary<string, Func<A_stolen_introduction_point, Task>> Moments => new()
    {
        ["while its owner is present"] = _ => Task.CompletedTask,
        ["while its owner is lost"] = t => Do(() => t._table.Lose(t._owner.Address, "test")),
        ["after a restart"] = t => Do(t.Restart),
        ["after a restart while its owner is lost"] = t => Do(() => t._table.Lose(t._owner.Address, "test"), t.Restart),
        ["after a restart that lost what each instance has shown"] = t => Do(t.DeletePoints, t.Restart),
        ["after a restart with that file damaged"] = t => Do(t.DamagePoints, t.Restart),
        ["that its owner does not name any more"] = t => t.Accepted(t._owner, Without(t._owner, 0), revision: 2),
        ["that its owner does not name any more, after a restart"] = async t =>
        {
            await t.Accepted(t._owner, Without(t._owner, 0), revision: 2);
            t.Restart();
        },
        ["that its owner names in another period's descriptor too"] = t => t.Accepted(t._owner, t._owner.Inner, Period.Next),
        ["after that period is over for its owner"] = t => Do(() => t._table.Forget(period => period == Period)),
    };

    public static IEnumerable<object[]> MomentNames => Moments.Keys.Select(moment => (object[])[moment]);

    [Theory]
    [MemberData(nameof(MomentNames))]
    public async Task Is_refused(string moment)
    {
        var owners = _owner.Inner;
        await Accepted(_owner, owners);
        await Accepted(_thief, _thief.Inner);
        await Moments[moment](this);
        var before = _table.Snapshot[_thief.Address].Reports;
        using (var counted = new CountedReasons(_services.GetRequiredService<IMeterFactory>(), "onionbalance.collector.report_refusals"))
        {
            Assert.Equal(ReportRefusal.PointOfAnotherInstance, await Send(_thief, _thief.Robbing(owners.IntroductionPoints[0]), Period, 2));
            Assert.Equal(ReportRefusal.PointOfAnotherInstance, await Send(_thief, _thief.Robbing(owners.IntroductionPoints[0]), Period.Next, 2));
            Assert.Equal(["pointofanotherinstance", "pointofanotherinstance"], counted.Reasons);
        }

        Assert.Contains(_log.Lines, line => line.StartsWith($"Instance {_thief.Address} names an introduction point that instance {_owner.Address} showed first", StringComparison.Ordinal));
        var thief = _table.Snapshot[_thief.Address];
        Assert.Equal(_owner.Address, thief.Rival);
        Assert.Equal(before.Keys, thief.Reports.Keys);
        Assert.All(thief.Reports.Values, report => Assert.True(_thief.Points.SequenceEqual(report.Points)));

        // Its owner goes on, with an older and a newer descriptor, and so does the thief without it.
        await Accepted(_owner, owners, revision: 3);
        await Accepted(_owner, owners, Period.Next, revision: 3);
        Assert.True(owners.IntroductionPoints.SequenceEqual(_table.Snapshot[_owner.Address].Reports[Period].Points));
        await Accepted(_thief, _thief.Inner, revision: 3);
        Assert.Null(_table.Snapshot[_thief.Address].Rival);
    }

    [Fact]
    public async Task Is_refused_whatever_else_is_copied_of_it()
    {
        await Accepted(_owner, _owner.Inner);
        await Accepted(_thief, _thief.Inner);
        Assert.Equal(ReportRefusal.PointOfAnotherInstance, await Send(_thief, _owner.Inner, Period, 2));
    }

    [Fact]
    public async Task Is_refused_across_services()
    {
        Enrol(new ServiceConfiguration(Some.Address(100), [new EnrolledInstance(_owner.Address, "a")]), new ServiceConfiguration(Some.Address(101), [new EnrolledInstance(_thief.Address, "b")]));
        await Accepted(_owner, _owner.Inner);
        Assert.Equal(ReportRefusal.PointOfAnotherInstance, await Send(_thief, _thief.Robbing(_owner.Points[0]), Period, 1));
    }

    [Fact]
    public async Task Tells_the_thiefs_agent_nothing_of_its_owner()
    {
        await Accepted(_owner, _owner.Inner);
        var refused = await SendRaw(_thief, _thief.Robbing(_owner.Points[0]), Period, 1);
        Assert.DoesNotContain(_owner.Address.Label[^4..], refused!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_free_again_when_the_last_descriptor_that_named_it_has_expired()
    {
        await Accepted(_owner, _owner.Inner);
        _time.Advance(TimeSpan.FromHours(56));
        _table.Forget(_ => false);
        Assert.Empty(_table.Snapshot[_owner.Address].Shown.ByKey);
        Restart();
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "instances"), _owner.Address.Label + ".points"));
    }

    [Fact]
    public async Task Is_its_owners_again_once_the_thief_is_taken_out_of_the_configuration()
    {
        // The thief came first: it can only have guessed, or read it at a Collector that its owner has not reached.
        var robbing = _thief.Robbing(_owner.Points[0]);
        await Accepted(_thief, robbing);
        Assert.Equal(ReportRefusal.PointOfAnotherInstance, await Send(_owner, _owner.Inner, Period, 1));
        Enrol(new ServiceConfiguration(Some.Address(100), [new EnrolledInstance(_owner.Address, "a")]));
        await Accepted(_owner, _owner.Inner);
    }

    private async Task Accepted(Instance instance, InnerLayer inner, TimePeriod? period = null, ulong revision = 1) =>
        Assert.Null(await Send(instance, inner, period ?? Period, revision));

    private async Task<ReportRefusal?> Send(Instance instance, InnerLayer inner, TimePeriod period, ulong revision) =>
        (await SendRaw(instance, inner, period, revision))?.Reason;

    private Task<Refused?> SendRaw(Instance instance, InnerLayer inner, TimePeriod period, ulong revision)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var text = instance.Describe(period, _time.GetUtcNow(), revision, inner);
        return _intake.TakeAsync(
            instance == _owner ? "a" : "b",
            new InstanceDescriptor { InstanceAddress = instance.Address.ToFullString(), Text = ByteString.CopyFrom(text) },
            CancellationToken.None);
    }

    private static InnerLayer Without(Instance instance, int point) => instance.Inner with { IntroductionPoints = instance.Points.RemoveAt(point) };

    private static Task Do(params ReadOnlySpan<Action> acts)
    {
        foreach (var act in acts)
            act();
        return Task.CompletedTask;
    }

    private void Start()
    {
        _table = new InstanceTable(_time, NullLogger<InstanceTable>.Instance);
        Enrol(new ServiceConfiguration(Some.Address(100), [new EnrolledInstance(_owner.Address, "a"), new EnrolledInstance(_thief.Address, "b")]));
        _table.RunGrace(true);
        _store = new ReportStore(_folder, _table, _time, _loggers.CreateLogger<ReportStore>());
        var (stored, contested) = PointOwnership.Settle(_store.Load().Of(_table.Snapshot.ContainsKey));
        Assert.Empty(contested);
        _table.Restore(stored);
        _intake = new ReportIntake(
            _table, _store, new Views(), new CollectorMetrics(_services.GetRequiredService<IMeterFactory>()), _time, _loggers.CreateLogger<ReportIntake>());
    }

    private void Restart()
    {
        _intake.Dispose();
        _table.Dispose();
        Start();
    }

    private void Enrol(params ReadOnlySpan<ServiceConfiguration> services) =>
        _table.Enrol(An_instance_table.Configuration() with { Services = [.. services] });

    private void DeletePoints() => Array.ForEach(Directory.GetFiles(Path.Combine(_folder, "instances"), "*.points"), File.Delete);

    private void DamagePoints() => Array.ForEach(Directory.GetFiles(Path.Combine(_folder, "instances"), "*.points"), file => File.WriteAllText(file, "[null]"));

    private sealed class Views : INetworkViews
    {
        public NetworkView? Newest => null;

        public ValueTask<NetworkView> ViewAsync(CancellationToken cancellationToken)
        {
            Assert.True(NetworkView.TryCreate(Schedules.Consensus(Now.AddMinutes(-47).AddSeconds(-11), TimeSpan.FromHours(1)), out var view, out _));
            return ValueTask.FromResult(view!);
        }
    }
}
