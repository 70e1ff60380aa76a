using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels.Protos;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>A connection that died without a word, as when a host is unplugged.</summary>
public sealed class KeepAliveTests : IDisposable
{
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(1);
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Pings_notice_it_on_both_sides()
    {
        await using var server = await EchoServer.StartAsync(_pki.Issue(PeerRole.Collector, "collector"), keepAlive: Ping);
        await using var relay = new TcpRelay(server.Port);
        using var identity = MutualTlsIdentity.Load(_pki.Issue(PeerRole.Agent, "web-1"), TimeProvider.System, NullLogger.Instance);
        using var channel = GrpcChannelFactory.Create(
            $"127.0.0.1:{relay.Port}",
            identity,
            PeerExpectation.Server(PeerRole.Collector),
            new GrpcChannelSettings { KeepAliveDelay = Ping, KeepAliveTimeout = Ping });
        using var chat = new Echo.EchoClient(channel).Chat(new Metadata { { "x-echo", "frozen" } });
        await chat.RequestStream.WriteAsync(EchoService.Text("hello"));
        Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));

        // Longer than delay and timeout together: a connection that answers its pings stays.
        var more = chat.ResponseStream.MoveNext(CancellationToken.None);
        await Task.Delay(3 * Ping);
        Assert.False(more.IsCompleted);
        Assert.Empty(server.Record.Ended);

        relay.Freeze();
        var start = TimeProvider.System.GetTimestamp();
        // Both check about once a second, on top of a ping's delay and timeout.
        var bound = TimeSpan.FromSeconds(10);
        var failure = await Assert.ThrowsAsync<RpcException>(() => more.WaitAsync(bound));
        Assert.Contains("ping", failure.Status.Detail, StringComparison.OrdinalIgnoreCase);
        Assert.True(await Eventually.IsAsync(() => server.Record.Ended.ContainsKey("frozen"), bound), "the server did not notice");
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.FromMilliseconds(500), bound);
    }

    [Fact]
    public async Task An_idle_stream_outlives_the_limits_that_the_server_has_for_uploads()
    {
        await using var server = await EchoServer.StartAsync(_pki.Issue(PeerRole.Collector, "collector"));
        using var identity = MutualTlsIdentity.Load(_pki.Issue(PeerRole.Agent, "web-1"), TimeProvider.System, NullLogger.Instance);
        using var channel = GrpcChannelFactory.Create($"127.0.0.1:{server.Port}", identity, PeerExpectation.Server(PeerRole.Collector));
        using var chat = new Echo.EchoClient(channel).Chat();
        await chat.RequestStream.WriteAsync(EchoService.Text("before"));
        Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));

        // Kestrel counts a body that comes too slowly from its fifth second on.
        await Task.Delay(TimeSpan.FromSeconds(12));
        await chat.RequestStream.WriteAsync(EchoService.Text("after"));
        Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("after", chat.ResponseStream.Current.Value.ToStringUtf8());
    }

    [Fact]
    public async Task A_unix_socket_carries_the_same()
    {
        var path = Path.Combine(_pki.Folder, "collector.sock");
        await using var server = await EchoServer.StartAsync(_pki.Issue(PeerRole.Collector, "collector"), unixPath: path);
        using var identity = MutualTlsIdentity.Load(_pki.Issue(PeerRole.Signer, "vault"), TimeProvider.System, NullLogger.Instance);
        using var channel = GrpcChannelFactory.Create($"unix:{path}", identity, PeerExpectation.Server(PeerRole.Collector, "collector"));
        var answer = await new Echo.EchoClient(channel).UnaryAsync(EchoService.Text("hello"), deadline: DateTime.UtcNow.AddSeconds(30));
        Assert.Equal("hello", answer.Value.ToStringUtf8());
        Assert.Equal(["onionbalance-split://signer/vault"], server.Record.Callers.Keys);
    }
}
