using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Probing;

namespace OnionBalance.Split.Tests.Integration.Network;

[Collection(PrivateNetworkFixture.Name)]
public sealed class Two_private_networks(PrivateNetworkFixture shared)
{
    [Fact]
    public async Task Live_side_by_side_and_know_nothing_of_each_other()
    {
        await using var other = await PrivateNetwork.StartAsync(new PrivateNetworkOptions { Relays = 6 });
        var (here, there) = (await shared.Network.AddOnionServiceAsync("service"), await other.AddClientAsync("stranger"));

        Assert.Equal("service", (await new FreshFetch(shared.Client, TimeProvider.System).GetPatientlyAsync(here.Address, TimeSpan.FromSeconds(60))).Answer);
        Assert.False((await new FreshFetch(there, TimeProvider.System).GetAsync(here.Address, TimeSpan.FromSeconds(10))).Succeeded);
    }
}
