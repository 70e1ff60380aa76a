using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tests.Functional.Channels.Protos;

namespace OnionBalance.Split.Tests.Functional.Helpers;

/// <summary>One call through a proxy: ENDPOINT PROXY CERTIFICATE KEY CA, and "naive" for a channel without the cure.</summary>
internal static class DialHelper
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (endpoint, proxyText) = (arguments[0], arguments[1]);
        using var identity = MutualTlsIdentity.Load(new TlsFiles(arguments[2], arguments[3], arguments[4]), TimeProvider.System, NullLogger.Instance);
        if (!Socks5Proxy.TryParse(proxyText, out var proxy))
            return 2;
        using var channel = arguments is [.., "naive"]
            ? Naive(endpoint, proxy, identity)
            : GrpcChannelFactory.Create(endpoint, identity, PeerExpectation.Server(PeerRole.Collector), new GrpcChannelSettings { Proxy = proxy });
        try
        {
            var answer = await new Echo.EchoClient(channel).UnaryAsync(EchoService.Text("hello"), deadline: DateTime.UtcNow.AddSeconds(30));
            await Console.Out.WriteLineAsync(answer.Value.ToStringUtf8());
        }
        catch (RpcException exception)
        {
            await Console.Out.WriteLineAsync($"{exception.StatusCode} {exception.Status.Detail}");
        }

        return 0;
    }

    /// <summary>As one would write it at first: the channel sees a handler, not a client, and resolves the name itself.</summary>
    private static GrpcChannel Naive(string endpoint, Socks5Proxy proxy, MutualTlsIdentity identity) =>
        GrpcChannel.ForAddress($"https://{endpoint}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                Proxy = new System.Net.WebProxy($"socks5://{proxy.Address}"),
                SslOptions = identity.CreateClientOptions(PeerExpectation.Server(PeerRole.Collector), "localhost"),
            },
        });
}
