using OnionBalance.Split.PrivateTorNetwork.Probing;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>One fetch of each service, begun at the same moment by the same client.</summary>
internal sealed record Tick(DateTimeOffset At, WebFetch Master, WebFetch Plain);

/// <summary>A client that fetches the master address and a plain onion service every 5 s, each over fresh circuits and once only.</summary>
internal sealed class SteadyClient(FreshFetch fetch, string master, string plain)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    /// <summary>Until cancelled; then waits for what is under way.</summary>
    internal async Task<IReadOnlyList<Tick>> RunAsync(CancellationToken stop)
    {
        var ticks = new List<Task<Tick>>();
        using var timer = new PeriodicTimer(_interval);
        do
            ticks.Add(FetchBothAsync());
        while (await NextAsync(timer, stop));
        return await Task.WhenAll(ticks);
    }

    /// <summary>Those of the master's failures that the plain service does not share in the same or a neighbouring tick.</summary>
    internal static IEnumerable<Tick> FailuresOfItsOwn(IReadOnlyList<Tick> ticks) => ticks
        .Where((tick, i) => !tick.Master.Succeeded && ticks.Skip(i - 1).Take(i == 0 ? 2 : 3).All(near => near.Plain.Succeeded));

    private async Task<Tick> FetchBothAsync()
    {
        var at = TimeProvider.System.GetUtcNow();
        var both = await Task.WhenAll(fetch.GetAsync(master, _timeout), fetch.GetAsync(plain, _timeout));
        return new Tick(at, both[0], both[1]);
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
