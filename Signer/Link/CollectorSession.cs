using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Signer.Link;

/// <summary>
/// One stream to one Collector, which the Signer dialed and on which it serves: hello, then one request after another.
/// Signing may wait for a slow disk; reading goes on meanwhile, so that the stream lives and its end is seen.
/// </summary>
internal sealed partial class CollectorSession(
    AsyncDuplexStreamingCall<SignerMessage, SignRequest> call,
    Func<SignRequest, SignResult> answer,
    ILogger logger)
{
    private readonly Channel<SignRequest> _open = Channel.CreateBounded<SignRequest>(
        new BoundedChannelOptions(RequestLimits.OpenRequests) { SingleReader = true, SingleWriter = true });

    private int _openCount;

    /// <summary>Serves until the Collector ends the stream, the stream breaks (an exception says how) or <paramref name="stop"/>.</summary>
    public async Task RunAsync(SignerHello hello, Action attached, CancellationToken stop)
    {
        await call.RequestStream.WriteAsync(new SignerMessage { Hello = hello }, stop).ConfigureAwait(false);
        await call.ResponseHeadersAsync.WaitAsync(stop).ConfigureAwait(false);
        attached();

        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reading = ReadAsync(over.Token);
        var serving = ServeAsync(over.Token);
        try
        {
            await (await Task.WhenAny(reading, serving).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            // The first to end has told; what the other met afterwards follows from it.
            await Task.WhenAll(reading, serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(CancellationToken over)
    {
        while (await call.ResponseStream.MoveNext(over).ConfigureAwait(false))
        {
            if (Interlocked.Increment(ref _openCount) > RequestLimits.OpenRequests
                || !_open.Writer.TryWrite(call.ResponseStream.Current))
            {
                LogTooManyOpen(logger, RequestLimits.OpenRequests);
                return;
            }
        }
    }

    private async Task ServeAsync(CancellationToken over)
    {
        await foreach (var request in _open.Reader.ReadAllAsync(over).ConfigureAwait(false))
        {
            // A disk may keep this waiting for long: not on the thread that reads the stream.
            var result = await Task.Run(() => answer(request), over).ConfigureAwait(false);
            await call.RequestStream.WriteAsync(new SignerMessage { Result = result }, over).ConfigureAwait(false);
            Interlocked.Decrement(ref _openCount);
        }
    }
}
