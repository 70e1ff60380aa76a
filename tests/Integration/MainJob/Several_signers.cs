using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>Two Signers with one key at one Collector: whichever is lost, what must be published is, as fast as ever.</summary>
public sealed class Several_signers : IAsyncLifetime
{
    private DeployedNetwork _deployed = null!;

    public async Task InitializeAsync() => _deployed = await DeployedNetwork.StartAsync(
        new PrivateNetworkOptions { Relays = 12 }, new SplitDeploymentOptions { Signers = 2 });

    public async Task DisposeAsync() => await _deployed.DisposeAsync();

    [Fact]
    public async Task Either_signs_while_the_other_is_gone_and_no_counter_goes_back()
    {
        var counters = new RisingCounters(_deployed);
        var took = new List<TimeSpan>();
        for (var i = 0; took.Count < Measured.Times(2, 20); i++)
        {
            var signer = _deployed.Split.Signers[i % 2];
            var backend = _deployed.Split.Backends[i % _deployed.Split.Backends.Length];
            var dead = await _deployed.PointsOfAsync(backend);
            await signer.KillAsync();
            await backend.Backend.Tor.KillAsync();
            if (await _deployed.WaitUntilCleanOfAsync(dead) is { } time)
            {
                Assert.True(time <= TimeSpan.FromSeconds(3), $"{time}\n{_deployed.Split.Collector.LogTail(60)}");
                took.Add(time);
            }

            await counters.CheckAsync();
            await Task.WhenAll(signer.StartAsync(), backend.Backend.Tor.StartAsync());
            await _deployed.WaitUntilWholeAsync();
            await counters.CheckAsync();
        }

        _deployed.Split.CheckRunning();
        Measured.Say("a Signer killed with the tor of a backend, to all HSDirs clean", took);
    }
}
