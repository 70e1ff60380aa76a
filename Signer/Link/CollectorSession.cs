using System.Threading.Channels;
using Grpc.Core;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Signer.Link;

/// <summary>
/// One stream to one Collector, which the Signer dialed and on which it serves: hello, then one request after another.
/// Signing may wait for a slow disk; the stream lives meanwhile, and what is asked beyond the bound waits at the
/// Collector's end.
/// </summary>
internal sealed class CollectorSession(AsyncDuplexStreamingCall<SignerMessage, SignRequest> call, Func<SignRequest, SignResult> answer, TimeProvider time)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    // One request is being served beside those that wait here.
    private readonly Channel<SignRequest> _waiting = Channel.CreateBounded<SignRequest>(
        new BoundedChannelOptions(RequestLimits.OpenRequests - 1) { SingleReader = true, SingleWriter = true });

    /// <summary>Serves until the Collector ends the stream, the stream breaks (an exception says how) or <paramref name="stop"/>.</summary>
    public async Task RunAsync(SignerHello hello, Action attached, CancellationToken stop)
    {
        await call.RequestStream.WriteAsync(new SignerMessage { Hello = hello }, stop).ConfigureAwait(false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reading = ReadAsync(attached, over.Token);
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

    private async Task ReadAsync(Action attached, CancellationToken over)
    {
        await call.ResponseHeadersAsync.WaitAsync(over).ConfigureAwait(false);
        var next = call.ResponseStream.MoveNext(over);
        // A refusal has headers, too, and ends the stream with them: a request, or a moment, shows that it took us on.
        await Task.WhenAny(next, Task.Delay(Moment, time, over)).ConfigureAwait(false);
        if (!next.IsCompleted || next is { IsCompletedSuccessfully: true, Result: true })
            attached();
        for (; await next.ConfigureAwait(false); next = call.ResponseStream.MoveNext(over))
            await _waiting.Writer.WriteAsync(call.ResponseStream.Current, over).ConfigureAwait(false);
    }

    private async Task ServeAsync(CancellationToken over)
    {
        await foreach (var request in _waiting.Reader.ReadAllAsync(over).ConfigureAwait(false))
        {
            // A disk may keep this waiting for long: not on a thread that the stream needs.
            var result = await Task.Run(() => answer(request), over).ConfigureAwait(false);
            await call.RequestStream.WriteAsync(new SignerMessage { Result = result }, over).ConfigureAwait(false);
        }
    }
}
