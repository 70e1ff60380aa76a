using System.Collections.Immutable;
using System.Threading.Channels;
using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// One consumer's view of a connection's events: its own keywords, its own queue. The queue is bounded: a reader that
/// falls behind loses the oldest, sees that in <see cref="Missed"/>, and re-reads what it follows.
/// </summary>
public sealed class EventSubscription : IAsyncDisposable
{
    private readonly Channel<ControlEvent> _queue;
    private readonly Func<EventSubscription, ValueTask> _unsubscribe;
    private long _missed;

    internal EventSubscription(ImmutableHashSet<string> keywords, int queueLength, Func<EventSubscription, ValueTask> unsubscribe)
    {
        Keywords = keywords;
        _unsubscribe = unsubscribe;
        _queue = Channel.CreateBounded<ControlEvent>(
            new BoundedChannelOptions(queueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true },
            _ => Interlocked.Increment(ref _missed));
    }

    /// <summary>Completes with the connection's <see cref="ControlException"/> when that ends; without one after DisposeAsync.</summary>
    public ChannelReader<ControlEvent> Events => _queue.Reader;

    /// <summary>How many events were dropped since the start.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    internal ImmutableHashSet<string> Keywords { get; }

    public async ValueTask DisposeAsync()
    {
        if (_queue.Writer.TryComplete())
            await _unsubscribe(this).ConfigureAwait(false);
    }

    internal void Offer(ControlEvent happened)
    {
        if (Keywords.Contains(happened.Keyword))
            _queue.Writer.TryWrite(happened);
    }

    internal void Fail(ControlException reason) => _queue.Writer.TryComplete(reason);
}
