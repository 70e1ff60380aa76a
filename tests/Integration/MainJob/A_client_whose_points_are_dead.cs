using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>Every backend was gone once while a client kept its descriptor: none of the introduction points it knows is left.</summary>
public sealed class A_client_whose_points_are_dead : IAsyncLifetime
{
    private static readonly TimeSpan _fetchTimeout = TimeSpan.FromSeconds(60);

    private DeployedNetwork _deployed = null!;

    public async Task InitializeAsync() =>
        _deployed = await DeployedNetwork.StartAsync(new PrivateNetworkOptions { Relays = 12 }, new SplitDeploymentOptions());

    public async Task DisposeAsync() => await _deployed.DisposeAsync();

    [Fact]
    public async Task Reaches_the_service_again_within_20_seconds()
    {
        var took = new List<TimeSpan>();
        while (took.Count < Measured.Times(1, 20))
        {
            Assert.True((await _deployed.Fetch.GetPatientlyAsync(_deployed.Master.ToFullString(), DeployedNetwork.Patience)).Succeeded);
            var known = await KnownToClientAsync();
            foreach (var backend in _deployed.Split.Backends)
            {
                var dead = await _deployed.PointsOfAsync(backend);
                await backend.Backend.Tor.KillAsync();
                await _deployed.WaitUntilCleanOfAsync(dead);
                await backend.Backend.Tor.StartAsync();
                await _deployed.WaitUntilWholeAsync();
            }

            Assert.All(await _deployed.Points.LookAsync(_deployed.Master), held => Assert.Empty(held.Points.Intersect(known)));
            // A rotation in between makes the client ask for another descriptor anyway.
            if (!known.SetEquals(await KnownToClientAsync()))
                continue;
            var answer = await _deployed.Fetch.GetAsync(_deployed.Master.ToFullString(), _fetchTimeout);
            Assert.True(answer.Succeeded, $"{answer.Error} after {answer.Took}\n{_deployed.Client.LogTail(20)}");
            took.Add(answer.Took);
        }

        Measured.Say("client whose introduction points are all dead, to the answer of the service", took);
        Assert.All(took, time => Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromSeconds(20)));
    }

    /// <summary>The points in the descriptor that clients would use now; empty when the client holds none of it.</summary>
    private async Task<HashSet<Ed25519PublicKey>> KnownToClientAsync()
    {
        var clock = ServiceSchedule.From(await _deployed.ConsensusAsync()).Clock;
        return await ClientMemory.HeldAsync(_deployed.Client, _deployed.Master) is { } text
            && DescriptorReader.TryRead(text.Span, _deployed.Master.PublicKey, [clock.Current], TimeProvider.System.GetUtcNow(), null, out var held, out _)
                ? [.. held.Inner.IntroductionPoints.Select(point => point.AuthKey)]
                : [];
    }
}
