using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Configuration;

/// <summary>The whole of the Signer's configuration file, checked. Every key is explained in deploy/examples/signer.yaml.</summary>
/// <param name="Tls">Null, with no Collectors, on a host without a network, where delegations are all that is granted.</param>
internal sealed record SignerConfiguration(
    ImmutableArray<CollectorAddress> Collectors,
    Socks5Proxy? Proxy,
    TlsFiles? Tls,
    string StateDirectory,
    NetworkTiming Network,
    ImmutableArray<ServiceConfiguration> Services);

/// <summary>A Collector to dial.</summary>
/// <param name="Endpoint">"host:port" or "unix:/path".</param>
/// <param name="Name">The name its certificate must bear; null for any Collector of the operator's CA.</param>
internal sealed record CollectorAddress(string Endpoint, string? Name);

/// <summary>A master service: its address, where its permanent key is, and the instances it may be made of.</summary>
internal sealed record ServiceConfiguration(OnionAddress Address, KeyLocation Key, ImmutableArray<OnionAddress> Instances, RequestPolicy Policy);
