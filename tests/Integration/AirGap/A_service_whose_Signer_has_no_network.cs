using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.Tests.Integration.MainJob;

namespace OnionBalance.Split.Tests.Integration.AirGap;

/// <summary>The Signer grants one bundle, in a network namespace with nothing but lo; the Collector publishes by it.</summary>
public sealed class A_service_whose_Signer_has_no_network
{
    /// <summary>A period is 4 minutes here: this outlasts two rotations and what comes before them.</summary>
    private const int Periods = 8;

    private static readonly TimeSpan _aftermath = TimeSpan.FromSeconds(35);

    [Fact]
    public async Task Is_published_by_one_bundle_and_reached()
    {
        await using var deployed = await StartAsync();
        var fetch = await deployed.Fetch.GetPatientlyAsync(deployed.Master.ToFullString(), DeployedNetwork.Patience);
        Assert.True(fetch.Succeeded, fetch.Error);
        AssertNoSigner(deployed);
    }

    [LongFact]
    public async Task Stays_reachable_on_one_bundle_through_two_rotations_of_the_period()
    {
        await using var deployed = await StartAsync();
        var plain = await deployed.Network.AddOnionServiceAsync("plain");
        foreach (var address in new[] { deployed.Master.ToFullString(), plain.Address })
            Assert.True((await deployed.Fetch.GetPatientlyAsync(address, DeployedNetwork.Patience)).Succeeded);

        using var stop = new CancellationTokenSource();
        var watch = new RotationWatch(deployed);
        var client = new SteadyClient(deployed, plain.Address).RunAsync(stop.Token);
        await watch.RunAsync(2, _aftermath);
        await stop.CancelAsync();
        var ticks = await client;
        Measured.Say($"air gap, two rotations of each on one bundle, {ticks.Count} fetches of each: master failed {ticks.Count(tick => !tick.Master.Succeeded)}, plain service failed {ticks.Count(tick => !tick.Plain.Succeeded)}");
        foreach (var line in watch.Describe())
            Measured.Say($"air gap: {line}");
        Assert.Empty(SteadyClient.FailuresOfItsOwn(ticks).Select(tick => $"{tick.At:HH:mm:ss} {tick.Master.Error}"));
        AssertNoSigner(deployed);
    }

    private static async Task<DeployedNetwork> StartAsync()
    {
        var deployed = await DeployedNetwork.PrepareAsync(
            new PrivateNetworkOptions { Relays = 12 }, new SplitDeploymentOptions { AirGapped = true });
        var gap = deployed.Split.AirGap;
        var (bundle, output) = await gap.GrantAsync(await gap.RequestAsync("first", Periods));
        Assert.Contains("interfaces: lo:\n", output, StringComparison.Ordinal);

        var tampered = bundle + ".tampered";
        var bytes = await File.ReadAllBytesAsync(bundle);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(tampered, bytes);
        var refused = await Assert.ThrowsAsync<PrivateNetworkException>(() => gap.ImportAsync(tampered));
        Assert.Contains("checksum is wrong", refused.Message, StringComparison.Ordinal);
        await gap.ImportAsync(bundle);

        await deployed.Split.StartAsync();
        await deployed.WaitUntilWholeAsync();
        return deployed;
    }

    private static void AssertNoSigner(DeployedNetwork deployed)
    {
        deployed.Split.CheckRunning();
        Assert.False(deployed.Split.Signer.IsRunning);
        Assert.Equal("", deployed.Split.Signer.LogText());
    }
}
