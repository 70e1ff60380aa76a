using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// All enrolled instances: an immutable snapshot for who reads, one lock for who changes it, and one timer for the grace
/// that ends next.
/// </summary>
internal sealed partial class InstanceTable : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger<InstanceTable> _logger;
    private readonly ITimer _timer;
    private volatile ImmutableDictionary<OnionAddress, InstanceRecord> _records = ImmutableDictionary<OnionAddress, InstanceRecord>.Empty;
    private TimeSpan _grace;
    private bool _graceRuns;

    public InstanceTable(TimeProvider time, ILogger<InstanceTable> logger)
    {
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => EndGraces(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>After every change of the snapshot. Called outside the lock, from any thread.</summary>
    internal event Action? Changed;

    /// <summary>What is on disk of this instance is not to be used after a restart.</summary>
    internal event Action<OnionAddress>? BecameLost;

    internal ImmutableDictionary<OnionAddress, InstanceRecord> Snapshot => _records;

    /// <summary>
    /// Takes over what the configuration enrols. Instances that stay keep all they have, unless they now belong to another
    /// agent: then nobody vouches for them yet.
    /// </summary>
    internal void Enrol(CollectorConfiguration configuration)
    {
        Change(records =>
        {
            _grace = configuration.Grace;
            var enrolled = configuration.Services
                .SelectMany(service => service.Instances)
                .DistinctBy(instance => instance.Address)
                .ToDictionary(instance => instance.Address);
            foreach (var gone in records.Keys.Where(address => !enrolled.ContainsKey(address)).ToArray())
                records.Remove(gone);
            foreach (var (address, instance) in enrolled)
            {
                if (!records.TryGetValue(address, out var known))
                    records[address] = InstanceRecord.Awaited(address, instance.Agent);
                else if (known.Agent != instance.Agent)
                    records[address] = (known with { Agent = instance.Agent }).Unconfirmed(GraceEnd());
            }
        });
    }

    /// <summary>From disk, at start.</summary>
    internal void Restore(StoredReports stored) => Change(records =>
    {
        foreach (var (instance, shown) in stored.Shown)
        {
            if (records.TryGetValue(instance, out var known))
                records[instance] = known with { Shown = shown };
        }

        foreach (var (report, isLost) in stored.Reports)
        {
            if (!records.TryGetValue(report.Instance, out var known) || known.IsRevisionTooLow(report))
                continue;
            records[report.Instance] = isLost ? known.RestoredLost(report) : known.Restored(report, GraceEnd());
        }
    });

    /// <summary>A verified report that is on disk.</summary>
    internal void Report(InstanceReport report)
    {
        var before = Snapshot.GetValueOrDefault(report.Instance)?.State;
        Change(records =>
        {
            if (records.TryGetValue(report.Instance, out var known))
                records[report.Instance] = known.Reported(report);
        });
        if (before is InstanceState.Awaited or InstanceState.Lost)
            LogPresent(report.Instance, report.Points.Length);
    }

    /// <summary>Its last report names an introduction point of another instance, and what it reported before stays in use.</summary>
    internal void Contest(OnionAddress address, OnionAddress rival) => Change(records =>
    {
        if (records.TryGetValue(address, out var known) && known.Rival != rival)
            records[address] = known with { Rival = rival };
    });

    /// <summary>Nobody vouches for these any more, or not yet again: each has the grace period to be reported anew.</summary>
    internal void Unconfirm(IEnumerable<OnionAddress> addresses) => Change(records =>
    {
        foreach (var address in addresses)
        {
            if (records.TryGetValue(address, out var known))
                records[address] = known.Unconfirmed(GraceEnd());
        }
    });

    /// <summary>Out at once.</summary>
    internal void Lose(OnionAddress address, string why)
    {
        if (Change(records => LoseIn(records, address)) is not [])
            LogLost(address, why);
    }

    /// <summary>
    /// Grace runs only while there is a consensus: without one no report can be verified, so no agent can confirm an
    /// instance, and nothing could be published either.
    /// </summary>
    internal void RunGrace(bool run) => Change(records =>
    {
        if (run && !_graceRuns)
        {
            foreach (var (address, known) in records.ToArray().Where(pair => pair.Value.State == InstanceState.Grace))
                records[address] = known.Unconfirmed(_time.GetUtcNow() + _grace);
        }

        _graceRuns = run;
    });

    /// <summary>Forgets what is of no use any more.</summary>
    internal void Forget(Func<TimePeriod, bool> isOver) => Change(records =>
    {
        foreach (var (address, known) in records.ToArray())
            records[address] = known.Without(isOver, _time.GetUtcNow());
    });

    public void Dispose() => _timer.Dispose();

    private void EndGraces()
    {
        var now = _time.GetUtcNow();
        var lost = Change(records =>
        {
            foreach (var known in records.Values.Where(known => _graceRuns && known.GraceEnds <= now).ToArray())
                LoseIn(records, known.Address);
        });
        foreach (var address in lost)
            LogGraceEnded(address, _grace.TotalSeconds);
    }

    private static void LoseIn(ImmutableDictionary<OnionAddress, InstanceRecord>.Builder records, OnionAddress address)
    {
        if (records.TryGetValue(address, out var known))
            records[address] = known.Lost();
    }

    private DateTimeOffset GraceEnd() => _time.GetUtcNow() + _grace;

    /// <summary>Returns the instances that became lost.</summary>
    private OnionAddress[] Change(Action<ImmutableDictionary<OnionAddress, InstanceRecord>.Builder> change)
    {
        OnionAddress[] lost;
        lock (_gate)
        {
            var before = _records;
            var builder = before.ToBuilder();
            change(builder);
            _records = builder.ToImmutable();
            ScheduleTimer();
            if (ReferenceEquals(before, _records))
                return [];
            lost = [.. _records.Values.Where(now => now.State == InstanceState.Lost && HadReports(before, now.Address)).Select(now => now.Address)];
        }

        foreach (var address in lost)
            BecameLost?.Invoke(address);
        Changed?.Invoke();
        return lost;
    }

    private static bool HadReports(ImmutableDictionary<OnionAddress, InstanceRecord> before, OnionAddress address) =>
        before.TryGetValue(address, out var was) && was.State is InstanceState.Present or InstanceState.Grace;

    private void ScheduleTimer()
    {
        var next = _graceRuns ? _records.Values.Min(record => record.GraceEnds) : null;
        var wait = next - _time.GetUtcNow() ?? Timeout.InfiniteTimeSpan;
        _timer.Change(next is null || wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
