using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels.Protos.Etcd;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Our channel against etcd, gRPC in Go and in production everywhere, over mutual TLS.</summary>
public sealed class EtcdTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TestPki _pki = new();
    private readonly int _port = FreePort();
    private Tool _etcd = null!;

    public Task InitializeAsync()
    {
        var files = _pki.Issue(PeerRole.Collector, "etcd");
        var data = Path.Combine(_pki.Folder, "data");
        _etcd = Tool.Start("etcd", [
            "--data-dir", data, "--enable-grpc-gateway=false", "--unsafe-no-fsync",
            "--listen-client-urls", $"https://127.0.0.1:{_port}", "--advertise-client-urls", $"https://127.0.0.1:{_port}",
            "--listen-peer-urls", "http://127.0.0.1:0",
            "--cert-file", files.Certificate, "--key-file", files.Key, "--trusted-ca-file", files.Ca, "--client-cert-auth",
        ]);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _etcd.DisposeAsync();
        _pki.Dispose();
    }

    [Fact]
    public async Task Etcd_and_our_channel_understand_each_other()
    {
        using var identity = MutualTlsIdentity.Load(_pki.Issue(PeerRole.Agent, "web-1"), TimeProvider.System, NullLogger.Instance);
        using var channel = GrpcChannelFactory.Create($"127.0.0.1:{_port}", identity, PeerExpectation.Server(PeerRole.Collector, "etcd"));
        var values = new KV.KVClient(channel);
        await WaitUntilUpAsync(values);

        using var watch = new Watch.WatchClient(channel).Watch();
        await watch.RequestStream.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Bytes("leader") } });
        Assert.True((await NextAsync(watch.ResponseStream)).Created);

        var leases = new Lease.LeaseClient(channel);
        var lease = await leases.LeaseGrantAsync(new LeaseGrantRequest { Ttl = 30 }, deadline: Deadline());
        using var alive = leases.LeaseKeepAlive();
        for (var beat = 0; beat < 3; beat++)
        {
            await alive.RequestStream.WriteAsync(new LeaseKeepAliveRequest { Id = lease.Id });
            var answer = await NextAsync(alive.ResponseStream);
            Assert.Equal((lease.Id, 30), (answer.Id, answer.Ttl));
        }

        await alive.RequestStream.CompleteAsync();

        await values.PutAsync(new PutRequest { Key = Bytes("leader"), Value = Bytes("collector-1"), Lease = lease.Id }, deadline: Deadline());
        var put = Assert.Single((await NextAsync(watch.ResponseStream)).Events);
        Assert.Equal((Event.Types.EventType.Put, "collector-1"), (put.Type, put.Kv.Value.ToStringUtf8()));
        var found = await values.RangeAsync(new RangeRequest { Key = Bytes("leader") }, deadline: Deadline());
        Assert.Equal(("collector-1", lease.Id), (found.Kvs.Single().Value.ToStringUtf8(), found.Kvs.Single().Lease));

        await leases.LeaseRevokeAsync(new LeaseRevokeRequest { Id = lease.Id }, deadline: Deadline());
        Assert.Equal(Event.Types.EventType.Delete, Assert.Single((await NextAsync(watch.ResponseStream)).Events).Type);
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await leases.LeaseRevokeAsync(new LeaseRevokeRequest { Id = lease.Id }, deadline: Deadline()));
        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
    }

    private static async Task WaitUntilUpAsync(KV.KVClient values)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await values.RangeAsync(new RangeRequest { Key = Bytes("any") }, deadline: DateTime.UtcNow.AddSeconds(5));
                return;
            }
            catch (RpcException) when (TimeProvider.System.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(200);
            }
        }
    }

    private static async Task<T> NextAsync<T>(IAsyncStreamReader<T> stream)
    {
        Assert.True(await stream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        return stream.Current;
    }

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    private static DateTime Deadline() => DateTime.UtcNow + Patience;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
