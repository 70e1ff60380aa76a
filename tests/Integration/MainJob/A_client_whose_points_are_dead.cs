using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>Every backend was gone once while a client kept its descriptor: none of the introduction points it knows is left.</summary>
[Collection(SharedDeployment.Name)]
public sealed class A_client_whose_points_are_dead(SharedDeployment shared)
{
    private static readonly TimeSpan _fetchTimeout = TimeSpan.FromSeconds(60);

    private readonly DeployedNetwork _deployed = shared.Deployed;

    [Fact]
    public async Task Reaches_the_service_again_within_20_seconds()
    {
        var took = new List<TimeSpan>();
        while (took.Count < Measured.Times(1, 20))
        {
            Assert.True((await _deployed.Fetch.GetPatientlyAsync(_deployed.Master.ToFullString(), DeployedNetwork.Patience)).Succeeded);
            var (known, period) = await HeldByClientAsync();
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
            if (ServiceSchedule.From(await _deployed.ConsensusAsync()).Clock.Current != period)
                continue;
            Assert.Equal(known, (await HeldByClientAsync()).Points);
            await RelayLinks.StirAsync(_deployed.Network, _deployed.Client);
            var answer = await _deployed.Fetch.GetAsync(_deployed.Master.ToFullString(), _fetchTimeout);
            Assert.True(answer.Succeeded, $"{answer.Error} after {answer.Took}\n{_deployed.Client.LogTail(20)}");
            took.Add(answer.Took);
        }

        Measured.Say("client whose introduction points are all dead, to the answer of the service", took);
        Assert.All(took, time => Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromSeconds(20)));
    }

    /// <summary>The points in the descriptor that the client, which has just used it or has done nothing since, holds; and its period.</summary>
    private async Task<(HashSet<Ed25519PublicKey> Points, TimePeriod Period)> HeldByClientAsync()
    {
        var text = await ClientMemory.HeldAsync(_deployed.Client, _deployed.Master);
        Assert.NotNull(text);
        // Its consensus may be ahead of the observer's, or behind.
        var clock = ServiceSchedule.From(await _deployed.ConsensusAsync()).Clock;
        Assert.True(
            DescriptorReader.TryRead(text.Value.Span, _deployed.Master.PublicKey, [clock.Current.Previous, clock.Current, clock.Current.Next], TimeProvider.System.GetUtcNow(), null, out var held, out var fault),
            $"the descriptor that the client holds does not read: {fault}");
        Assert.NotEmpty(held.Inner.IntroductionPoints);
        return ([.. held.Inner.IntroductionPoints.Select(point => point.AuthKey)], held.Period);
    }
}
