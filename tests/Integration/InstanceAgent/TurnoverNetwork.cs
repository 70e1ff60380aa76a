using System.Collections.Immutable;
using OnionBalance.Split.PrivateTorNetwork;

namespace OnionBalance.Split.Tests.Integration.InstanceAgent;

/// <summary>A private network in which introduction points last about a minute: their turnover is part of the scene.</summary>
public sealed class TurnoverNetwork : IAsyncLifetime
{
    public PrivateNetwork Network { get; private set; } = null!;

    public async Task InitializeAsync() => Network = await PrivateNetwork.StartAsync(new PrivateNetworkOptions
    {
        Relays = 6,
        ConsensusParameters = ImmutableDictionary<string, int>.Empty.Add("hs_intro_min_lifetime", 45).Add("hs_intro_max_lifetime", 90),
    });

    public async Task DisposeAsync() => await Network.DisposeAsync();
}
