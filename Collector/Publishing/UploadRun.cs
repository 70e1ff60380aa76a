using System.Collections.Immutable;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// Brings the copies of one publication to their HSDirs, all side by side, each until it is accepted, or refused by the
/// HSDir: that one wants a new signature, not the same bytes again. Ends when a newer publication takes its place.
/// </summary>
internal sealed partial class UploadRun(
    OnionAddress service, TorLink tor, CollectorMetrics metrics, Random random, TimeProvider time, ILogger logger)
{
    /// <summary>tor says nothing at all of an HSDir that is down.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(60);

    /// <param name="report">Called with each outcome, from any thread.</param>
    internal Task RunAsync(
        ImmutableArray<(HsDir HsDir, ReadOnlyMemory<byte> Descriptor)> copies, Action<HsDirUpload> report, CancellationToken cancellationToken) =>
        Task.WhenAll(copies.Select(copy => UploadAsync(copy.HsDir, copy.Descriptor, report, cancellationToken)));

    private async Task UploadAsync(HsDir hsDir, ReadOnlyMemory<byte> descriptor, Action<HsDirUpload> report, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstRetry, LastRetry, random);
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await AttemptAsync(hsDir, descriptor, cancellationToken);
            var upload = new HsDirUpload(hsDir.Fingerprint, hsDir.Nickname, OutcomeOf(outcome.Status), time.GetUtcNow(), outcome.Reason, attempt);
            metrics.Uploaded(upload.Outcome);
            report(upload);
            if (outcome.Status is UploadStatus.Accepted)
                return;
            LogNotAccepted(service, hsDir.Nickname, hsDir.Fingerprint, outcome.Status, outcome.Reason, attempt);
            if (outcome.Status is UploadStatus.Rejected)
                return;
            await Task.Delay(backoff.Next(), time, cancellationToken);
        }
    }

    private async Task<UploadOutcome> AttemptAsync(HsDir hsDir, ReadOnlyMemory<byte> descriptor, CancellationToken cancellationToken)
    {
        var uploader = await tor.UploaderAsync(cancellationToken);
        try
        {
            return await uploader.PostAsync(hsDir.Fingerprint, service, descriptor, Timeout, cancellationToken);
        }
        catch (ControlException e)
        {
            return new UploadOutcome(UploadStatus.Failed, e.Message);
        }
    }

    private static Protos.UploadOutcome OutcomeOf(UploadStatus status) => status switch
    {
        UploadStatus.Accepted => Protos.UploadOutcome.Accepted,
        UploadStatus.Rejected => Protos.UploadOutcome.Rejected,
        UploadStatus.TimedOut => Protos.UploadOutcome.TimedOut,
        _ => Protos.UploadOutcome.Failed,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "HSDir {Nickname} ({Fingerprint}) did not take the descriptor of {Service}: {Status} {Reason} (attempt {Attempt})")]
    private partial void LogNotAccepted(OnionAddress service, string nickname, string fingerprint, UploadStatus status, string reason, int attempt);
}
