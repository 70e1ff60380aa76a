using System.Security.Cryptography;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.InstanceAgent.Reporting;

namespace OnionBalance.Split.InstanceAgent.Running;

/// <summary>All that a link to one Collector depends on: when any of it changes, the link starts anew.</summary>
internal sealed record LinkConfiguration(CollectorConfiguration Collector, Socks5Proxy? Proxy, MutualTlsIdentity Identity)
{
    /// <summary>Through tor an answer crosses six relays, and a new connection may have to wait for circuits.</summary>
    private static readonly GrpcChannelSettings Direct = new() { ConnectTimeout = TimeSpan.FromSeconds(5) };

    private static readonly GrpcChannelSettings Proxied = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(60),
        KeepAliveDelay = TimeSpan.FromSeconds(20),
        KeepAliveTimeout = TimeSpan.FromSeconds(20),
    };

    private bool IsLocal => EndpointAddress.TryParse(Collector.Endpoint, out var address) && address.UnixPath is not null;

    public LinkPace Pace => Proxy is null || IsLocal ? LinkPace.Direct : LinkPace.ThroughProxy;

    /// <exception cref="DaemonException">The endpoint cannot be dialed in this way.</exception>
    public GrpcChannel Dial(ILoggerFactory loggers)
    {
        var settings = Proxy is null || IsLocal ? Direct : Proxied with { Proxy = Isolated(Proxy) };
        var expected = PeerExpectation.Server(PeerRole.Collector, Collector.Name);
        return GrpcChannelFactory.Create(Collector.Endpoint, Identity, expected, settings with { LoggerFactory = loggers });
    }

    /// <summary>tor keeps streams of different credentials on different circuits: no relay sees two Collectors together.</summary>
    private static Socks5Proxy Isolated(Socks5Proxy proxy) =>
        proxy.User is null ? proxy with { User = "onionbalance-agent", Password = RandomNumberGenerator.GetHexString(32, lowercase: true) } : proxy;
}
