using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Integration.Network;

[Collection(PrivateNetworkFixture.Name)]
public sealed class A_private_network(PrivateNetworkFixture shared)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly PrivateNetwork _network = shared.Network;
    private readonly FreshFetch _fetch = new(shared.Client, TimeProvider.System);

    [Fact]
    public async Task Has_every_relay_in_the_consensus_as_an_HSDir()
    {
        await using var control = await shared.Client.ConnectAsync();
        var flags = (await control.GetInfoAsync("ns/all", CancellationToken.None)).Split('\n').Where(line => line.StartsWith("s ", StringComparison.Ordinal)).ToArray();

        Assert.Equal(_network.Relays.Length + _network.Authorities.Length, flags.Length);
        Assert.True(flags.Count(line => line.Contains("HSDir", StringComparison.Ordinal)) >= _network.Relays.Length);
    }

    [Fact]
    public async Task Carries_a_plain_onion_service_that_a_client_reaches_again_after_its_tor_was_killed()
    {
        var service = await _network.AddOnionServiceAsync("plain");
        Assert.Equal("plain", (await _fetch.GetPatientlyAsync(service.Address, _patience)).Answer);

        await service.Tor.KillAsync();
        Assert.False(service.Tor.IsRunning);
        await service.Tor.StartAsync();
        await _network.WaitUntilBootstrappedAsync(service.Tor);

        Assert.Equal("plain", (await _fetch.GetPatientlyAsync(service.Address, _patience)).Answer);
    }

    [Fact]
    public async Task Shows_which_HSDirs_hold_a_descriptor()
    {
        var service = await _network.AddOnionServiceAsync("probed");
        Assert.True((await _fetch.GetPatientlyAsync(service.Address, _patience)).Succeeded);
        Assert.True(OnionAddress.TryParse(service.Address, out var address));

        await using var probe = await HsDirProbe.OpenAsync(shared.Client);
        var answers = await probe.AskAsync(address!, _network.Relays);

        Assert.InRange(answers.Count(answer => answer.HasDescriptor), 4, 8);
        Assert.All(
            answers.Where(answer => answer.HasDescriptor),
            answer => Assert.StartsWith("hs-descriptor 3\n", System.Text.Encoding.ASCII.GetString(answer.Descriptor.Span), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keeps_an_instance_off_the_HSDirs_when_it_shall_not_publish()
    {
        var silent = await _network.AddBackendAsync(
            "silent",
            new BackendOptions { MasterAddresses = ["sgu2ffyjdsd3d5mvpxf3mmapm3hjyprmfggpbcw3bdeye33leukdxjid.onion"], PublishDescriptors = false, IntroductionPoints = 4 });
        Assert.True(OnionAddress.TryParse(silent.Address, out var address));
        await using var own = await silent.Tor.ConnectAsync();
        var reader = new Tor.Control.OwnDescriptorReader(own);
        using var deadline = new CancellationTokenSource(_patience);
        while (await reader.ReadAsync(address!, deadline.Token) is null)
            await Task.Delay(200, deadline.Token);

        await using var probe = await HsDirProbe.OpenAsync(shared.Client);
        Assert.DoesNotContain(await probe.AskAsync(address!, _network.Relays), answer => answer.HasDescriptor);
    }
}
