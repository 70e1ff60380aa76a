using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting;

/// <summary>How a channel behaves. The defaults suit a local network and a peer that must be missed within 10 s.</summary>
public sealed record GrpcChannelSettings
{
    /// <summary>Through which to dial; never for a unix socket.</summary>
    public Socks5Proxy? Proxy { get; init; }

    /// <summary>A ping goes out when this long nothing has come in...</summary>
    public TimeSpan KeepAliveDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>...and the connection counts as dead when it is not answered within this. Neither can be under 1 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Also without a call open, so that the first call after a pause does not meet a dead connection.</summary>
    public bool PingWithoutCalls { get; init; } = true;

    /// <summary>Dialing, the proxy and TLS together. Through tor to an onion service, a minute is not much.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public int LargestReceivedMessage { get; init; } = 4 * 1024 * 1024;

    public int LargestSentMessage { get; init; } = 4 * 1024 * 1024;

    public ILoggerFactory? LoggerFactory { get; init; }
}
