using Grpc.Core;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Rpc;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>
/// Keeps one Collector told: dials it, again and again if need be, and runs a <see cref="ReportStream"/> on every
/// connection.
/// </summary>
internal sealed partial class CollectorLink(
    string collector, MetadataChannel.MetadataChannelClient client, ReportBoard board, LinkPace pace, Func<bool> isLeaving, SteadyClock clock, TimeProvider time, ILogger logger)
{
    private readonly RefusalMemory _refusals = new();
    private readonly Redial _redial = new(pace.FirstRetry, pace.LastRetry, time, Random.Shared);

    /// <summary>Runs until <paramref name="stop"/>; where it leaves for good, it says goodbye to a Collector that listens.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var teller = new LinkTeller(_redial);
        while (!stop.IsCancellationRequested)
        {
            var stream = new ReportStream(collector, client, board, pace, _refusals, isLeaving, clock, time, logger) { IsQuiet = _redial.IsRow };
            LinkFault? fault = null;
            try
            {
                fault = await RunAsync(stream, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or IOException or ObjectDisposedException or InvalidOperationException or TimeoutException)
            {
                fault = LinkFault.Of(e);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }

            var delay = _redial.Next(stream.WelcomedAt, fault?.IsByPeer ?? false);
            if (fault is not null)
            {
                fault = fault with { Problem = ForeignText.Bounded(fault.Problem) };
                Report(fault.Problem, teller.NewsOf(fault, stream.WasWelcomed));
            }

            await Task.Delay(delay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>In a row of streams that the Collector soon ends, none is told of before it has lasted.</summary>
    private async Task<LinkFault?> RunAsync(ReportStream stream, CancellationToken stop)
    {
        var running = stream.RunAsync(stop);
        if (stream.IsQuiet && await Task.WhenAny(running, Task.Delay(Redial.Settled, time, stop)).ConfigureAwait(false) != running && stream.WasWelcomed)
        {
            stream.IsQuiet = false;
            LogTakenAgain(collector);
        }

        return await running.ConfigureAwait(false);
    }

    private void Report(string problem, LinkNews news)
    {
        if (news == LinkNews.NotConnected)
            LogNotConnected(collector, problem);
        else if (news == LinkNews.TurnedAway)
            LogTurnedAway(collector, Redial.Longest.TotalSeconds, problem);
    }
}
