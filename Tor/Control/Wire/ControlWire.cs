using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>
/// Commands out and messages in over one stream. Commands may be in flight together: tor answers in order. A caller may
/// stop waiting at any time; its reply is then read and dropped, so the order holds.
/// </summary>
internal sealed class ControlWire : IAsyncDisposable
{
    private const int ReadBufferBytes = 64 * 1024;

    private readonly Stream _stream;
    private readonly ControlLimits _limits;
    private readonly Action<ControlEvent> _onEvent;
    private readonly SemaphoreSlim _writeTurn = new(1, 1);
    private readonly Lock _gate = new();
    private readonly Queue<PendingReply> _pending = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private ControlException? _fault;

    public ControlWire(Stream stream, ControlLimits limits, Action<ControlEvent> onEvent)
    {
        _stream = stream;
        _limits = limits;
        _onEvent = onEvent;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Completes when the connection has ended, for whatever reason; never fails.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Why it ended.</summary>
    public ControlException? Fault
    {
        get
        {
            lock (_gate)
                return _fault;
        }
    }

    /// <param name="cancellationToken">Stops the wait for the turn to write only: a command half-written would be the end of the connection.</param>
    public async Task<ControlReply> ExchangeAsync(ControlCommand command, int maxReplyBytes, CancellationToken cancellationToken)
    {
        var pending = new PendingReply(command.Name, maxReplyBytes);
        await _writeTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            lock (_gate)
            {
                if (_fault is not null)
                    throw _fault.Again();
                _pending.Enqueue(pending);
            }

            await _stream.WriteAsync(command.Encode(), _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            Close(Lost("the connection to tor broke", e));
        }
        finally
        {
            _writeTurn.Release();
        }

        return await pending.Reply.ConfigureAwait(false);
    }

    /// <summary>The first reason given stands; every waiter learns it.</summary>
    public void Close(ControlException reason)
    {
        PendingReply[] orphans;
        lock (_gate)
        {
            if (_fault is not null)
                return;
            _fault = reason;
            orphans = [.. _pending];
            _pending.Clear();
        }

        _stop.Cancel();
        foreach (var orphan in orphans)
            orphan.Fail(reason.Again());
        _closed.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Close(Lost("the connection to tor was closed on this side", null));
        await _reading.ConfigureAwait(false);
    }

    private static ControlException Lost(string message, Exception? inner) => new(ControlFault.ConnectionLost, message, inner);

    private async Task ReadAsync()
    {
        var parser = new ReplyParser(_limits);
        var buffer = new byte[ReadBufferBytes];
        try
        {
            int count;
            while ((count = await _stream.ReadAsync(buffer, _stop.Token).ConfigureAwait(false)) > 0)
            {
                if (!TryDispatch(parser, buffer.AsSpan(0, count), out var violation))
                {
                    Close(new ControlException(ControlFault.ProtocolViolated, $"what answers there is no tor control port: it sent {violation}"));
                    break;
                }
            }

            Close(Lost("tor closed the control connection", null));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            Close(Lost("the connection to tor broke", e));
        }
        finally
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private bool TryDispatch(ReplyParser parser, ReadOnlySpan<byte> input, [NotNullWhen(false)] out string? violation)
    {
        violation = null;
        while (parser.TryRead(ref input, CurrentReplyLimit(), out var message))
        {
            if (message.Event is { } happened)
            {
                _onEvent(happened);
                continue;
            }

            PendingReply? asked;
            lock (_gate)
                _pending.TryDequeue(out asked);
            if (asked is null)
            {
                violation = "a reply that nobody asked for";
                return false;
            }

            asked.Complete(message);
        }

        violation = parser.Violation;
        return violation is null;
    }

    private int CurrentReplyLimit()
    {
        lock (_gate)
            return _pending.TryPeek(out var next) ? next.MaxBytes : _limits.MaxReplyBytes;
    }
}
