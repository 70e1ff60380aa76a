using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Configuration;

namespace OnionBalance.Split.Signer.Link;

/// <summary>
/// Keeps a stream to one Collector: dials, serves until it breaks, waits a little longer after each failure, dials again.
/// The Signer listens on nothing, so being reachable is its own business.
/// </summary>
internal sealed partial class CollectorLink : IDisposable
{
    private readonly CollectorAddress _collector;
    private readonly GrpcChannel _channel;
    private readonly Backoff _backoff;
    private readonly Func<SignRequest, SignResult> _answer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private CancellationTokenSource _again = new();

    public CollectorLink(
        CollectorAddress collector, GrpcChannel channel, Backoff backoff, Func<SignRequest, SignResult> answer, TimeProvider time, ILogger<CollectorLink> logger)
    {
        _collector = collector;
        _channel = channel;
        _backoff = backoff;
        _answer = answer;
        _time = time;
        _logger = logger;
    }

    /// <summary>Until <paramref name="stop"/>; <paramref name="hello"/> is asked for at each attachment, since services come and go.</summary>
    public async Task RunAsync(Func<SignerHello> hello, CancellationToken stop)
    {
        string? lastFault = null;
        while (!stop.IsCancellationRequested)
        {
            using var again = new CancellationTokenSource();
            Volatile.Write(ref _again, again);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, again.Token);
            var fault = await ServeOnceAsync(hello(), Attached, either.Token).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
                return;
            if (again.IsCancellationRequested)
                continue;

            // One line for each new kind of failure: a Collector may be down for days.
            if (fault != lastFault)
                LogNotAttached(_logger, _collector.Endpoint, fault);
            lastFault = fault;
            await Task.Delay(_backoff.Next(), _time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void Attached()
        {
            LogAttached(_logger, _collector.Endpoint);
            _backoff.Reset();
            lastFault = null;
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

    /// <summary>One attachment; how it ended, in words.</summary>
    private async Task<string> ServeOnceAsync(SignerHello hello, Action attached, CancellationToken stop)
    {
        try
        {
            using var call = new SignerLink.SignerLinkClient(_channel).Attach(cancellationToken: stop);
            var session = new CollectorSession(call, _answer);
            await session.RunAsync(hello, attached, stop).ConfigureAwait(false);
            return "the Collector ended the stream";
        }
        catch (RpcException broken)
        {
            return Reason(broken);
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or IOException or HttpRequestException)
        {
            return ended.Message;
        }
    }

    /// <summary>The dialer's own line where there is one; gRPC wraps it in three.</summary>
    private static string Reason(RpcException broken)
    {
        for (var cause = broken.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is IOException)
                return cause.Message;
        }

        return broken.Status.Detail;
    }
}
