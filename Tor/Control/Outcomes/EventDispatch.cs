using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tor.Control.Outcomes;

/// <summary>Feeds a subscription to a handler until it ends.</summary>
internal static class EventDispatch
{
    /// <param name="fail">Called with the reason when the connection ended under the subscription.</param>
    public static async Task RunAsync(EventSubscription subscription, Action<ControlEvent> handle, Action<ControlException> fail)
    {
        try
        {
            await foreach (var message in subscription.Events.ReadAllAsync().ConfigureAwait(false))
                handle(message);
            fail(new ControlException(ControlFault.ConnectionLost, "the request was still under way when its owner was closed"));
        }
        catch (ControlException e)
        {
            fail(e);
        }
    }
}
