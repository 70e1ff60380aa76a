using OnionBalance.Split.PrivateTorNetwork.Probing;

namespace OnionBalance.Split.Demo;

/// <summary>Somebody who uses the master address all the time: a fresh fetch every second, whether or not earlier ones hang.</summary>
internal sealed class SteadyClient(FreshFetch fetch, string address, TimeProvider time)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);
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

    private async Task<SteadyFetch> FetchAsync(long begun, CancellationToken ct) =>
        new(begun, await fetch.GetAsync(address, _timeout, ct));
}

/// <summary>One of its fetches: when it began (a timestamp of the TimeProvider) and what came of it.</summary>
internal sealed record SteadyFetch(long Begun, WebFetch Outcome);
