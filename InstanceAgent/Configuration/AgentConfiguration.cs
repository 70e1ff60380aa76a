using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Configuration;

/// <summary>The agent's configuration file, read and checked.</summary>
/// <param name="Proxy">tor's, when a Collector is an onion service. One without a user lets every Collector have circuits of its own.</param>
internal sealed record AgentConfiguration(
    ImmutableArray<CollectorConfiguration> Collectors,
    Socks5Proxy? Proxy,
    TlsFiles Tls,
    ImmutableArray<InstanceEntry> Instances);

/// <param name="Endpoint">"host:port", or "unix:/path".</param>
/// <param name="Name">The name its certificate must bear; null takes any collector of the operator's CA.</param>
internal sealed record CollectorConfiguration(string Endpoint, string? Name);

/// <summary>An instance as the file names it: by its address, or by its HiddenServiceDir.</summary>
internal sealed record InstanceEntry(OnionAddress? Address, string? Directory, TorConfiguration Tor);

/// <summary>An instance whose address is known.</summary>
/// <param name="Directory">Its HiddenServiceDir, where the file gives that instead of the address.</param>
internal sealed record InstanceConfiguration(OnionAddress Address, string? Directory, TorConfiguration Tor);

/// <param name="PasswordFile">Read at every connection.</param>
internal sealed record TorConfiguration(ControlEndpoint Control, string? PasswordFile);
