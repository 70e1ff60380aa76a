using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Rpc;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Signer.Link;

/// <summary>
/// Keeps a stream to one Collector: dials, serves until it breaks, waits a little longer after each failure, dials again.
/// The Signer listens on nothing, so being reachable is its own business.
/// </summary>
internal sealed partial class CollectorLink : IDisposable
{
    private readonly CollectorAddress _collector;
    private readonly GrpcChannel _channel;
    private readonly Redial _redial;
    private readonly Func<SignRequest, SignResult> _answer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private CancellationTokenSource _again = new();

    public CollectorLink(
        CollectorAddress collector, GrpcChannel channel, Redial redial, Func<SignRequest, SignResult> answer, TimeProvider time, ILogger<CollectorLink> logger)
    {
        _collector = collector;
        _channel = channel;
        _redial = redial;
        _answer = answer;
        _time = time;
        _logger = logger;
    }

    /// <summary>Until <paramref name="stop"/>; <paramref name="hello"/> is asked for at each attachment, since services come and go.</summary>
    public async Task RunAsync(Func<SignerHello> hello, CancellationToken stop)
    {
        var teller = new LinkTeller(_redial);
        while (!stop.IsCancellationRequested)
        {
            using var again = new CancellationTokenSource();
            Volatile.Write(ref _again, again);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, again.Token);
            var (fault, attached) = await ServeOnceAsync(hello(), either.Token).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
                return;
            if (again.IsCancellationRequested)
                continue;

            var delay = _redial.Next(attached, fault.IsByPeer);
            fault = fault with { Problem = ForeignText.Bounded(fault.Problem) };
            Report(fault.Problem, teller.NewsOf(fault, wasTaken: attached is not null));
            await Task.Delay(delay, _time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Leaves the stream after the request at hand and attaches anew, on the same connection.</summary>
    public void SayHelloAgain()
    {
        try
        {
            Volatile.Read(ref _again).Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Just between two attachments: the next one says hello anyway.
        }
    }

    public void Dispose()
    {
        _channel.Dispose();
        _again.Dispose();
    }

    private void Report(string problem, LinkNews news)
    {
        if (news == LinkNews.NotConnected)
            LogNotAttached(_logger, _collector.Endpoint, problem);
        else if (news == LinkNews.TurnedAway)
            LogTurnedAway(_logger, _collector.Endpoint, Redial.Longest.TotalSeconds, problem);
    }

    /// <summary>One attachment: how it ended, and the timestamp at which the Collector took it, if it did.</summary>
    private async Task<(LinkFault Fault, long? Attached)> ServeOnceAsync(SignerHello hello, CancellationToken stop)
    {
        long? attached = null;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            using var call = new SignerLink.SignerLinkClient(_channel).Attach(cancellationToken: stop);
            var session = new CollectorSession(call, _answer, _time);
            await session.RunAsync(hello, Attached, stop).ConfigureAwait(false);
            return (LinkFault.StreamEnded, attached);
        }
        catch (Exception broken) when (broken is RpcException or OperationCanceledException or ObjectDisposedException or IOException or HttpRequestException)
        {
            return (LinkFault.Of(broken), attached);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }

        void Attached()
        {
            attached = _time.GetTimestamp();
            _ = TellAsync(over.Token);
        }
    }

    /// <summary>In a row of streams that the Collector soon ends, none is told of before it has lasted.</summary>
    private async Task TellAsync(CancellationToken over)
    {
        if (_redial.IsRow)
            await Task.Delay(Redial.Settled, _time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!over.IsCancellationRequested)
            LogAttached(_logger, _collector.Endpoint);
    }
}
