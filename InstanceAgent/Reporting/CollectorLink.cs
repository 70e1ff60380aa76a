using Grpc.Core;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>
/// Keeps one Collector told: dials it, again and again if need be, and runs a <see cref="ReportStream"/> on every
/// connection.
/// </summary>
internal sealed partial class CollectorLink(
    string collector, MetadataChannel.MetadataChannelClient client, ReportBoard board, LinkPace pace, Func<bool> isLeaving, SteadyClock clock, TimeProvider time, ILogger logger)
{
    private readonly RefusalMemory _refusals = new();
    private string _lastProblem = "";

    /// <summary>Runs until <paramref name="stop"/>; where it leaves for good, it says goodbye to a Collector that listens.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var backoff = new Backoff(pace.FirstRetry, pace.LastRetry, Random.Shared);
        while (!stop.IsCancellationRequested)
        {
            var stream = new ReportStream(collector, client, board, pace, _refusals, isLeaving, clock, time, logger);
            try
            {
                await stream.RunAsync(stop).ConfigureAwait(false);
                backoff.Reset();
            }
            catch (Exception e) when (e is RpcException or IOException or ObjectDisposedException or InvalidOperationException or TimeoutException)
            {
                Report(e, stream.WasWelcomed);
                if (stream.WasWelcomed)
                    backoff.Reset();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(backoff.Next(), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A Collector that is down for an hour is one line in the log, not a thousand.</summary>
    private void Report(Exception e, bool wasWelcomed)
    {
        var problem = e is RpcException { Status: var status } ? $"{status.StatusCode}: {status.Detail}" : e.Message;
        if (problem != _lastProblem || wasWelcomed)
            LogNotConnected(collector, problem);
        _lastProblem = problem;
    }
}
