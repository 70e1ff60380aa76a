using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Integration.Network;

[Collection(PrivateNetworkFixture.Name)]
public sealed class A_look_at_the_HSDirs(PrivateNetworkFixture shared)
{
    [Fact]
    public async Task Sees_both_descriptors_of_a_plain_service_with_the_points_that_its_tor_has()
    {
        var network = shared.Network;
        var service = await network.AddBackendAsync("looked-at", new BackendOptions { IntroductionPoints = 4 });
        Assert.True(OnionAddress.TryParse(service.Address, out var address));
        await using var direct = await DirectProbe.OpenAsync(network, shared.Client);
        var probe = new PointsProbe(direct, network.Time);

        var took = await probe.WaitUntilAsync(address, held => held.All(one => one.Points.Count == 4), TimeSpan.FromSeconds(60));
        Assert.NotNull(took);

        var seen = await probe.LookAsync(address);
        var known = await probe.OfInstanceAsync(service.Tor, address);
        Assert.Equal(2, seen.Select(one => one.Held.Scheduled.Period).Distinct().Count());
        Assert.All(seen, one => Assert.Subset(known, one.Points));
        Assert.InRange(seen.Count(one => one.Held.Scheduled.Which == WhichDescriptor.First), 7, 8);
    }
}
