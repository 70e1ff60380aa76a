using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// Brings the instances back from disk at start, follows the configuration, and forgets what is of periods that are over.
/// </summary>
internal sealed partial class ReportKeeper(
    CurrentConfiguration configuration,
    InstanceTable table,
    ReportStore store,
    AgentSessions sessions,
    TorLink tor,
    CollectorMetrics metrics,
    TimeProvider time,
    ILogger<ReportKeeper> logger) : IHostedService
{
    private volatile NetworkView? _seen;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        table.Enrol(configuration.Value);
        var (stored, contested) = PointOwnership.Settle(store.Load().Of(table.Snapshot.ContainsKey));
        foreach (var report in contested)
            store.SetAsideContested(report);
        table.Restore(stored);
        var known = table.Snapshot.Values.Count(record => !record.Reports.IsEmpty);
        LogRestored(known, table.Snapshot.Count);
        metrics.ObserveInstances(() => table.Snapshot.Values.Select(record => record.State));
        configuration.Changed += Follow;
        tor.Changed += ForgetWhatIsOver;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        configuration.Changed -= Follow;
        tor.Changed -= ForgetWhatIsOver;
        return Task.CompletedTask;
    }

    private void Follow(CollectorConfiguration changed)
    {
        table.Enrol(changed);
        sessions.EndOutdated();
    }

    private void ForgetWhatIsOver()
    {
        if (tor.State.View is not { } view || view == _seen)
            return;
        _seen = view;
        table.RunGrace(true);
        var now = time.GetUtcNow();
        table.Forget(period => view.IsOver(period, now));
        store.Delete(period => view.IsOver(period, now));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Known} of {Enrolled} enrolled instances are known from before; their agents have the grace period to confirm them")]
    private partial void LogRestored(int known, int enrolled);
}
