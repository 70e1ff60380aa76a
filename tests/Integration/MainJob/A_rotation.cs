using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>
/// The shared random value and the time period turn over, half a period apart, while a client goes on fetching the master
/// address and, to compare, a plain onion service of the same network.
/// </summary>
public sealed class A_rotation
{
    /// <summary>The slowest of what follows a rotation: every tor has its consensus after about one round.</summary>
    private static readonly TimeSpan _aftermath = TimeSpan.FromSeconds(35);

    [Fact]
    public async Task Fails_no_client_that_a_plain_onion_service_does_not_fail()
    {
        var ticks = await FetchThroughRotationsAsync(instancesPublish: true, Measured.Times(1, 2));
        Assert.Empty(SteadyClient.FailuresOfItsOwn(ticks).Select(tick => $"{tick.At:HH:mm:ss} {tick.Master.Error}"));
    }

    /// <summary>
    /// tor tells nobody the next introduction points of an instance that does not publish. The gap is measured; a client with
    /// a descriptor from before needs seconds to get out of it, so one fetch at each rotation may be unlucky.
    /// </summary>
    [LongFact]
    public async Task Leaves_a_gap_of_seconds_when_the_instances_do_not_publish()
    {
        var ticks = await FetchThroughRotationsAsync(instancesPublish: false, ofEach: 2);
        Assert.InRange(SteadyClient.FailuresOfItsOwn(ticks).Count(), 0, 2);
    }

    private static async Task<IReadOnlyList<Tick>> FetchThroughRotationsAsync(bool instancesPublish, int ofEach)
    {
        await using var deployed = await DeployedNetwork.StartAsync(
            new PrivateNetworkOptions { Relays = 12 }, new SplitDeploymentOptions { InstancesPublish = instancesPublish });
        var plain = await deployed.Network.AddOnionServiceAsync("plain");
        foreach (var address in new[] { deployed.Master.ToFullString(), plain.Address })
            Assert.True((await deployed.Fetch.GetPatientlyAsync(address, DeployedNetwork.Patience)).Succeeded);

        using var stop = new CancellationTokenSource();
        var watch = new RotationWatch(deployed);
        var client = new SteadyClient(deployed, plain.Address).RunAsync(stop.Token);
        await watch.RunAsync(ofEach, _aftermath);
        await stop.CancelAsync();
        var ticks = await client;
        deployed.Split.CheckRunning();
        Report(instancesPublish, ticks, watch);
        Assert.All(deployed.Split.Backends, backend => Assert.DoesNotContain("no answer within", backend.Agent.LogText(), StringComparison.Ordinal));
        return ticks;
    }

    private static void Report(bool instancesPublish, IReadOnlyList<Tick> ticks, RotationWatch watch)
    {
        var name = $"rotations with instances that {(instancesPublish ? "publish" : "do not publish")}";
        Measured.Say($"{name}, {ticks.Count} fetches of each: master failed {ticks.Count(tick => !tick.Master.Succeeded)}, plain service failed {ticks.Count(tick => !tick.Plain.Succeeded)}");
        Measured.Say($"{name}, fetch of the master", [.. ticks.Select(tick => tick.Master.Took)]);
        Measured.Say($"{name}, fetch of the plain service", [.. ticks.Select(tick => tick.Plain.Took)]);
        foreach (var line in watch.Describe().Concat(ticks.Where(tick => !tick.Master.Succeeded || !tick.Plain.Succeeded).Select(Describe)))
            Measured.Say($"{name}: {line}");
    }

    private static string Describe(Tick tick) =>
        $"failed at {tick.At:HH:mm:ss}{(tick.TurnedOver ? ", when the client's period turned over under it" : "")}: {(tick.Master.Succeeded ? "" : $"master ({tick.Master.Error}) ")}{(tick.Plain.Succeeded ? "" : $"plain ({tick.Plain.Error})")}";
}
