using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels.Protos;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>
/// A certificate may say where its issuer's is to be had. Asking there would show whoever wrote it that we looked, and
/// from which address.
/// </summary>
public sealed class IssuerFetchTests : IAsyncLifetime
{
    private readonly TestPki _pki = new();
    private readonly FetchCounter _fetches = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _fetches.DisposeAsync();
        _pki.Dispose();
    }

    [Fact]
    public async Task A_client_fetches_no_issuer_of_a_server()
    {
        await using var server = await EchoServer.StartAsync(Tempting(PeerRole.Collector));
        using var identity = MutualTlsIdentity.Load(_pki.Issue(PeerRole.Agent, "web-1"), TimeProvider.System, NullLogger.Instance);
        using var channel = GrpcChannelFactory.Create($"127.0.0.1:{server.Port}", identity, PeerExpectation.Server(PeerRole.Collector));
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await CallAsync(channel));
        Assert.Contains("not of the operator's CA", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _fetches.Count);
    }

    [Fact]
    public async Task A_server_fetches_no_issuer_of_a_client()
    {
        await using var server = await EchoServer.StartAsync(_pki.Issue(PeerRole.Collector, "collector"));
        using var identity = MutualTlsIdentity.Load(Tempting(PeerRole.Agent), TimeProvider.System, NullLogger.Instance);
        using var channel = GrpcChannelFactory.Create($"127.0.0.1:{server.Port}", identity, PeerExpectation.Server(PeerRole.Collector));
        await Assert.ThrowsAsync<RpcException>(async () => await CallAsync(channel));
        Assert.True(await server.Log.HasAsync("not of the operator's CA"));
        Assert.Equal(0, _fetches.Count);
    }

    [Fact]
    public async Task The_same_without_the_cure_is_seen_to_fetch()
    {
        await using var server = await EchoServer.StartAsync(Tempting(PeerRole.Collector));
        using var identity = MutualTlsIdentity.Load(_pki.Issue(PeerRole.Agent, "web-1"), TimeProvider.System, NullLogger.Instance);
        var options = identity.CreateClientOptions(PeerExpectation.Server(PeerRole.Collector), "localhost");
        options.CertificateChainPolicy!.DisableCertificateDownloads = false;
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, server.Port);
        await using var secure = new SslStream(connection.GetStream());
        await Assert.ThrowsAsync<AuthenticationException>(() => secure.AuthenticateAsClientAsync(options));
        Assert.True(_fetches.Count > 0, "nothing was fetched: the other tests prove nothing");
    }

    private TlsFiles Tempting(PeerRole role) => _pki.Issue(
        role,
        "tempting",
        new CertificateWish
        {
            ByUnsentIntermediate = true,
            IssuersAt = $"http://127.0.0.1:{_fetches.Port}/issuer.crt",
            AnswersAt = $"http://127.0.0.1:{_fetches.Port}/ocsp",
        });

    private static async Task CallAsync(Grpc.Net.Client.GrpcChannel channel) =>
        await new Echo.EchoClient(channel).UnaryAsync(EchoService.Text(""), deadline: DateTime.UtcNow.AddSeconds(30));

    /// <summary>Counts who comes by, and has nothing for them.</summary>
    private sealed class FetchCounter : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _accepting;
        private int _count;

        public FetchCounter()
        {
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _accepting = AcceptAsync();
        }

        public int Port { get; }

        public int Count => Volatile.Read(ref _count);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task AcceptAsync()
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _count);
                await client.GetStream().WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            }
        }
    }
}
