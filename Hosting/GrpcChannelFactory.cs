using Grpc.Net.Client;
using OnionBalance.Split.Hosting.Rpc;

namespace OnionBalance.Split.Hosting;

/// <summary>Makes the channels by which daemons dial one another.</summary>
public static class GrpcChannelFactory
{
    /// <summary>
    /// A channel to a peer. The server's host name plays no part: its certificate must be the operator's and bear the
    /// expected identity. Nothing is dialed before the first call. What cannot be reached or is refused ends calls with
    /// <see cref="Grpc.Core.StatusCode.Unavailable"/> and the reason in the status.
    /// </summary>
    /// <param name="endpoint">"host:port", "[ipv6]:port" or "unix:/path".</param>
    /// <param name="identity">Who we are; asked anew for every connection. Must outlive the channel.</param>
    /// <param name="expected">Made by <see cref="PeerExpectation.Server"/>.</param>
    /// <param name="settings">Proxy, keepalive, limits.</param>
    /// <exception cref="DaemonException">The endpoint cannot be dialed in this way.</exception>
    public static GrpcChannel Create(string endpoint, MutualTlsIdentity identity, PeerExpectation expected, GrpcChannelSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(expected);
        settings ??= new GrpcChannelSettings();
        if (!EndpointAddress.TryParse(endpoint, out var address))
            throw new DaemonException($"'{endpoint}' cannot be dialed: it must be {EndpointAddress.Expected}");
        if (settings.Proxy is null && IsOnion(address))
            throw new DaemonException($"an onion address cannot be dialed without a SOCKS5 proxy (port {address.Port}); configure tor's as the proxy");

        var dialer = new TlsDialer(address, identity, expected, settings.Proxy);
        // Given an HttpClient, the channel leaves dialing to it. Given a handler, it would resolve the name itself.
        // A stream may wait for its first answer for days, hence no timeout: calls have deadlines of their own.
        var client = new HttpClient(CreateHandler(dialer, settings)) { Timeout = Timeout.InfiniteTimeSpan };
        return GrpcChannel.ForAddress(AddressOf(address), new GrpcChannelOptions
        {
            HttpClient = client,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = settings.LargestReceivedMessage,
            MaxSendMessageSize = settings.LargestSentMessage,
            LoggerFactory = settings.LoggerFactory,
        });
    }

    private static SocketsHttpHandler CreateHandler(TlsDialer dialer, GrpcChannelSettings settings) => new()
    {
        ConnectCallback = async (_, stop) => await dialer.DialAsync(stop).ConfigureAwait(false),
        ConnectTimeout = settings.ConnectTimeout,
        // No proxy of the environment: the dialer knows its own.
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = settings.KeepAliveDelay,
        KeepAlivePingTimeout = settings.KeepAliveTimeout,
        KeepAlivePingPolicy = settings.PingWithoutCalls ? HttpKeepAlivePingPolicy.Always : HttpKeepAlivePingPolicy.WithActiveRequests,
        ActivityHeadersPropagator = null,
    };

    private static Uri AddressOf(EndpointAddress address) =>
        new(address.UnixPath is null ? $"https://{address}" : "https://localhost");

    private static bool IsOnion(EndpointAddress address) =>
        address.Host.TrimEnd('.').EndsWith(".onion", StringComparison.OrdinalIgnoreCase);
}
