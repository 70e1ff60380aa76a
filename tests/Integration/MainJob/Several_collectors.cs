using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>Two Collectors, each with a tor of its own, for one service and one Signer: whichever is lost, what must be published is.</summary>
public sealed class Several_collectors : IAsyncLifetime
{
    private DeployedNetwork _deployed = null!;

    public async Task InitializeAsync() => _deployed = await DeployedNetwork.StartAsync(
        new PrivateNetworkOptions { Relays = 12 }, new SplitDeploymentOptions { Collectors = 2 });

    public async Task DisposeAsync() => await _deployed.DisposeAsync();

    [Fact]
    public async Task Either_publishes_while_the_other_is_gone_and_no_counter_goes_back()
    {
        var counters = new RisingCounters(_deployed);
        var took = new List<TimeSpan>();
        for (var i = 0; took.Count < Measured.Times(2, 20); i++)
        {
            var collector = _deployed.Split.Collectors[i % 2];
            var backend = _deployed.Split.Backends[i % _deployed.Split.Backends.Length];
            var dead = await _deployed.PointsOfAsync(backend);
            await collector.KillAsync();
            await backend.Backend.Tor.KillAsync();
            if (await _deployed.WaitUntilCleanOfAsync(dead) is { } time)
                took.Add(time);
            await counters.CheckAsync();
            await Task.WhenAll(collector.StartAsync(), backend.Backend.Tor.StartAsync());
            await _deployed.WaitUntilWholeAsync();
            await counters.CheckAsync();
        }

        _deployed.Split.CheckRunning();
        Measured.Say("a Collector killed with its tor and the tor of a backend, to all HSDirs clean", took);
        Assert.All(took, time => Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromSeconds(3)));
        var answer = await _deployed.Fetch.GetPatientlyAsync(_deployed.Master.ToFullString(), DeployedNetwork.Patience);
        Assert.True(answer.Succeeded, answer.Error);
    }
}
