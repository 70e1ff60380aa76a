using OnionBalance.Split.PrivateTorNetwork.Probing;

namespace OnionBalance.Split.Demo;

/// <summary>
/// Somebody who uses the master address all the time: a fresh fetch every second, whether or not earlier ones hang, and a
/// second try where the first brought nothing, as people reload a page.
/// </summary>
/// <remarks>
/// The client's tor goes by a descriptor from before the kill. It tries the dead introduction points too, and now and then
/// gives up on the way to a living one: so it does with any onion service.
/// </remarks>
internal sealed class SteadyClient(FreshFetch fetch, string address, TimeProvider time)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    /// <summary>Begins to fetch; ends with all outcomes, the last ones awaited, when <paramref name="stop"/> says so.</summary>
    internal async Task<IReadOnlyList<SteadyFetch>> RunAsync(CancellationToken stop, CancellationToken ct)
    {
        var fetches = new List<Task<SteadyFetch>>();
        while (!stop.IsCancellationRequested)
        {
            fetches.Add(FetchAsync(time.GetTimestamp(), ct));
            await Task.Delay(_pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await Task.WhenAll(fetches);
    }

    private async Task<SteadyFetch> FetchAsync(long begun, CancellationToken ct)
    {
        var first = await fetch.GetAsync(address, _timeout, ct);
        return first.Succeeded ? new(begun, 1, first) : new(begun, 2, await fetch.GetAsync(address, _timeout, ct));
    }
}

/// <summary>One of its fetches: when it began (a timestamp of the TimeProvider), how often it was tried, what came of the last try.</summary>
internal sealed record SteadyFetch(long Begun, int Tries, WebFetch Outcome);
