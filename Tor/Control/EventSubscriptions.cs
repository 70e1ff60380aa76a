using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// The subscriptions of one connection. SETEVENTS replaces what was set before, so each change sends the union of all.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The semaphore holds no handle, and late unsubscribers may still come to it.")]
internal sealed class EventSubscriptions(
    Func<ControlCommand, CancellationToken, Task<ControlReply>> send,
    int queueLength)
{
    private readonly SemaphoreSlim _changing = new(1, 1);
    private ImmutableArray<EventSubscription> _all = [];
    private ImmutableHashSet<string> _asked = [];
    private ControlException? _ended;

    public async Task<EventSubscription> AddAsync(IEnumerable<string> keywords, CancellationToken cancellationToken)
    {
        var subscription = new EventSubscription([.. keywords], queueLength, RemoveAsync);
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // In the list before tor hears of it: no event between the two is lost.
            Change(all => all.Add(subscription));
            await AskAsync(cancellationToken).ConfigureAwait(false);
            return subscription;
        }
        catch
        {
            Change(all => all.Remove(subscription));
            throw;
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Offer(ControlEvent happened)
    {
        foreach (var subscription in _all)
            subscription.Offer(happened);
    }

    public void End(ControlException reason)
    {
        Volatile.Write(ref _ended, reason);
        foreach (var subscription in _all)
            subscription.Fail(reason);
    }

    private async ValueTask RemoveAsync(EventSubscription subscription)
    {
        await _changing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            Change(all => all.Remove(subscription));
            await AskAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (ControlException)
        {
            // The connection is at its end: nothing is left to unsubscribe from.
        }
        finally
        {
            _changing.Release();
        }
    }

    private void Change(Func<ImmutableArray<EventSubscription>, ImmutableArray<EventSubscription>> change)
    {
        ImmutableInterlocked.Update(ref _all, change);
        // The connection may have ended while a subscription was on its way into the list.
        if (Volatile.Read(ref _ended) is { } reason)
            End(reason);
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        var wanted = _all.SelectMany(subscription => subscription.Keywords).ToImmutableHashSet();
        if (wanted.SetEquals(_asked))
            return;
        var command = wanted.Order(StringComparer.Ordinal).Aggregate(ControlCommand.Parse("SETEVENTS"), (c, keyword) => c.Argument(keyword));
        // Unknown until tor has answered: a cancelled call leaves it open which set holds.
        _asked = ["?"];
        var reply = await send(command, cancellationToken).ConfigureAwait(false);
        if (!reply.IsOk)
            throw ControlException.Refused("SETEVENTS", reply);
        _asked = wanted;
    }
}
