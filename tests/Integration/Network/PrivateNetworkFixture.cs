using OnionBalance.Split.PrivateTorNetwork;

namespace OnionBalance.Split.Tests.Integration.Network;

/// <summary>One private network with a client, shared by the tests that leave it as they found it.</summary>
public sealed class PrivateNetworkFixture : IAsyncLifetime
{
    public const string Name = "One shared private network";

    public PrivateNetwork Network { get; private set; } = null!;

    public TorProcess Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Network = await PrivateNetwork.StartAsync();
        Client = await Network.AddClientAsync("shared-client");
    }

    public async Task DisposeAsync() => await Network.DisposeAsync();
}

[CollectionDefinition(PrivateNetworkFixture.Name)]
public sealed class SharedPrivateNetwork : ICollectionFixture<PrivateNetworkFixture>;
