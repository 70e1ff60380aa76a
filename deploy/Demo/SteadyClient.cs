using OnionBalance.Split.PrivateTorNetwork.Probing;

namespace OnionBalance.Split.Demo;

/// <summary>Somebody who uses the master address all the time: one fresh fetch after the other, and a count.</summary>
internal sealed class SteadyClient : IAsyncDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly List<WebFetch> _fetched = [];

    private SteadyClient(FreshFetch fetch, string address, TimeProvider time) => _loop = FetchAsync(fetch, address, time);

    internal static SteadyClient Start(FreshFetch fetch, string address, TimeProvider time) => new(fetch, address, time);

    internal int Answered => Count(fetched => fetched.Succeeded);

    internal int Failed => Count(fetched => !fetched.Succeeded);

    /// <summary>The longest that a fetch took.</summary>
    internal TimeSpan Slowest
    {
        get
        {
            lock (_fetched)
                return _fetched.Count == 0 ? TimeSpan.Zero : _fetched.Max(fetched => fetched.Took);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private int Count(Func<WebFetch, bool> wanted)
    {
        lock (_fetched)
            return _fetched.Count(wanted);
    }

    private async Task FetchAsync(FreshFetch fetch, string address, TimeProvider time)
    {
        try
        {
            while (true)
            {
                var outcome = await fetch.GetAsync(address, _timeout, _stop.Token);
                lock (_fetched)
                    _fetched.Add(outcome);
                await Task.Delay(_pause, time, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
