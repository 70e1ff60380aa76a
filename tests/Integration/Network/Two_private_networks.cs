using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Probing;

namespace OnionBalance.Split.Tests.Integration.Network;

public sealed class Two_private_networks
{
    [Fact]
    public async Task Live_side_by_side_and_know_nothing_of_each_other()
    {
        var small = new PrivateNetworkOptions { Relays = 6 };
        var starts = new[] { PrivateNetwork.StartAsync(small), PrivateNetwork.StartAsync(small) };
        await using var first = await starts[0];
        await using var second = await starts[1];
        var (here, there) = (await first.AddOnionServiceAsync("service"), await second.AddClientAsync("stranger"));
        var client = await first.AddClientAsync("client");

        Assert.Equal("service", (await new FreshFetch(client, TimeProvider.System).GetPatientlyAsync(here.Address, TimeSpan.FromSeconds(60))).Answer);
        Assert.False((await new FreshFetch(there, TimeProvider.System).GetAsync(here.Address, TimeSpan.FromSeconds(10))).Succeeded);
    }
}
