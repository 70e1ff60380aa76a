using OnionBalance.Split.PrivateTorNetwork.Probing;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>One fetch of each service, begun at the same moment by the same client.</summary>
/// <param name="TurnedOver">The client's own time period turned over meanwhile, see <see cref="DeployedNetwork.PeriodOfClientAsync"/>.</param>
internal sealed record Tick(DateTimeOffset At, WebFetch Master, WebFetch Plain, bool TurnedOver);

/// <summary>A client that fetches the master address and a plain onion service every 5 s, each over fresh circuits and once only.</summary>
internal sealed class SteadyClient(DeployedNetwork deployed, string plain)
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

    /// <summary>
    /// Those of the master's failures that the plain service does not share in the same or a neighbouring tick, and that do
    /// not come of the moment at which the client's period turned over under a fetch.
    /// </summary>
    internal static IEnumerable<Tick> FailuresOfItsOwn(IReadOnlyList<Tick> ticks) => ticks
        .Where((tick, i) => tick is { Master.Succeeded: false, TurnedOver: false } && ticks.Skip(i - 1).Take(i == 0 ? 2 : 3).All(near => near.Plain.Succeeded));

    private async Task<Tick> FetchBothAsync()
    {
        var at = TimeProvider.System.GetUtcNow();
        var period = await deployed.PeriodOfClientAsync();
        var both = await Task.WhenAll(deployed.Fetch.GetAsync(deployed.Master.ToFullString(), _timeout), deployed.Fetch.GetAsync(plain, _timeout));
        return new Tick(at, both[0], both[1], await deployed.PeriodOfClientAsync() != period);
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
