using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Configuration;

/// <summary>The configuration file, read and checked.</summary>
internal sealed record CollectorConfiguration(
    TorConfiguration Tor,
    ImmutableArray<ListenEndpoint> Listen,
    string OperatorSocket,
    string StateDirectory,
    TlsFiles Tls,
    TimeSpan Grace,
    ImmutableArray<ServiceConfiguration> Services)
{
    internal static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(10);
}

/// <param name="PasswordFile">Null where tor takes a cookie or nothing.</param>
internal sealed record TorConfiguration(ControlEndpoint Control, string? PasswordFile);

/// <summary>A master service and the instances behind it.</summary>
internal sealed record ServiceConfiguration(OnionAddress Address, ImmutableArray<EnrolledInstance> Instances)
{
    /// <summary>How its descriptors are signed: each way is tried when those before it are not available.</summary>
    internal ImmutableArray<SigningWay> Signing { get; init; } = [SigningWay.Signer];
}

/// <param name="Agent">The name in the certificate of the one agent that may speak for it.</param>
internal sealed record EnrolledInstance(OnionAddress Address, string Agent);
