using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>One network with everything deployed as by default, shared by the tests that leave it whole, each backend with its own few points.</summary>
public sealed class SharedDeployment : IAsyncLifetime
{
    public const string Name = "One shared deployment";

    internal DateTimeOffset Begun { get; } = TimeProvider.System.GetUtcNow();

    internal DeployedNetwork Deployed { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Deployed = await DeployedNetwork.StartAsync(new PrivateNetworkOptions { Relays = 20 }, new SplitDeploymentOptions());

    public async Task DisposeAsync() => await Deployed.DisposeAsync();
}

[CollectionDefinition(SharedDeployment.Name)]
public sealed class SharesOneDeployment : ICollectionFixture<SharedDeployment>;
