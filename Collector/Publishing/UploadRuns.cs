using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>The uploads of one service that are under way: one run for each period, the newest one.</summary>
internal sealed partial class UploadRuns(
    OnionAddress service, PublicationLog publications, PublishingMeans means, ILogger logger, Action wake)
{
    private readonly Dictionary<TimePeriod, (Task Run, CancellationTokenSource Stop)> _runs = [];
    private readonly Backoff _rejections = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10), means.Random);

    /// <summary>Takes the place of the period's run before. To be called by one loop only.</summary>
    internal async Task StartAsync(
        Publication publication, ImmutableArray<(HsDir HsDir, ReadOnlyMemory<byte> Descriptor)> copies, CancellationToken cancellationToken)
    {
        await StopAsync(publication.Period);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new UploadRun(service, means.Tor, means.Metrics, means.Random, means.Time, logger);
        _runs[publication.Period] = (RunAsync(), stop);

        async Task RunAsync()
        {
            var started = means.Time.GetTimestamp();
            await run.RunAsync(copies, upload => Report(publication, upload, started), stop.Token);
        }
    }

    /// <summary>Those of periods that are over.</summary>
    internal async Task KeepOnlyAsync(IReadOnlyCollection<TimePeriod> periods)
    {
        foreach (var over in _runs.Keys.Except(periods).ToArray())
            await StopAsync(over);
    }

    internal async Task StopAsync()
    {
        foreach (var period in _runs.Keys.ToArray())
            await StopAsync(period);
    }

    private async Task StopAsync(TimePeriod period)
    {
        if (!_runs.Remove(period, out var run))
            return;
        await run.Stop.CancelAsync();
        await run.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        run.Stop.Dispose();
    }

    private void Report(Publication publication, HsDirUpload upload, long started)
    {
        var changed = publications.Change(publication.Period, publication.RevisionCounter, before => With(before, upload));
        if (changed is null)
            return;
        if (changed.IsAcceptedByAll)
        {
            _rejections.Reset();
            var took = means.Time.GetElapsedTime(started);
            LogPublished(service, publication.Period, publication.RevisionCounter, changed.Uploads.Length, took.TotalSeconds);
        }

        wake();
    }

    private Publication With(Publication before, HsDirUpload upload)
    {
        var after = before.With(upload);
        return upload.Outcome == UploadOutcome.Rejected && after.RejectedUntil is null
            ? after with { RejectedUntil = means.Time.GetUtcNow() + TimeSpan.FromSeconds(1) + _rejections.Next() }
            : after;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "All {HsDirs} HSDirs have the descriptor of {Service} for period {Period}, revision {Revision}, after {Seconds:0.00} s")]
    private partial void LogPublished(OnionAddress service, TimePeriod period, ulong revision, int hsDirs, double seconds);
}
