using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using OnionBalance.Split.Collector.Listening;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Collector;
using OnionBalance.Split.Tests.Functional.InstanceAgent;

namespace OnionBalance.Split.Tests.Functional.ThreatModel;

/// <summary>Who can dial the Collector's port, with and without a certificate, and wants to keep the others out.</summary>
public sealed class A_flood_of_connections : IAsyncLifetime
{
    /// <summary>As many as the Collector's server takes at a time, and some.</summary>
    private const int Flood = 4200;

    private static readonly string Instance = Fresh.Address().ToFullString();

    private readonly string _folder = Directory.CreateTempSubdirectory("obs-flood").FullName;
    private readonly AgentPki _pki;
    private readonly CollectorUnderTest _collector;

    public A_flood_of_connections()
    {
        _pki = new AgentPki(_folder);
        _collector = new CollectorUnderTest(_pki);
        _collector.Configure(Fresh.Address().ToFullString(), [(Instance, "honest")]);
    }

    public Task InitializeAsync() => _collector.StartAsync();

    public async Task DisposeAsync()
    {
        await _collector.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Of_strangers_who_say_nothing_keeps_no_agent_out()
    {
        var silent = new List<Socket>();
        try
        {
            for (var i = 0; i < Flood; i++)
                silent.Add(await ConnectAsync());
            using var honest = new Peer(_pki, PeerRole.Agent, "honest", _collector.Endpoint);
            using var stream = honest.Report(Instance);
            Assert.Equal([Instance], (await stream.NextAsync()).Welcome.EnrolledAddresses);

            await _collector.WaitForLogAsync("Somebody floods this port");

            // Control: the flood still stands, as far as it may.
            Assert.InRange(silent.Count(IsOpen), 100, ConnectionGuard.MostStrangers);
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Of_one_backend_is_held_to_a_few()
    {
        var connections = new List<(Peer Peer, AsyncServerStreamingCall<HealthCheckResponse> Call)>();
        try
        {
            for (var i = 0; i < 24; i++)
            {
                var peer = new Peer(_pki, PeerRole.Agent, "hostile", _collector.Endpoint);
                var call = new Health.HealthClient(peer.Channel).Watch(new HealthCheckRequest());
                connections.Add((peer, call));
                Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            }

            var ends = connections.Select(connection => UntilEndAsync(connection.Call)).ToArray();
            await Task.WhenAll(ends[..^ConnectionGuard.MostOfOnePeer]).WaitAsync(TimeSpan.FromSeconds(20));
            await _collector.WaitForLogAsync("Agent 'hostile' has more than 8 connections");

            // Control: the newest go on.
            await Task.Delay(TimeSpan.FromMilliseconds(300));
            Assert.All(ends[^ConnectionGuard.MostOfOnePeer..], end => Assert.False(end.IsCompleted));
            using var honest = new Peer(_pki, PeerRole.Agent, "honest", _collector.Endpoint);
            using var stream = honest.Report(Instance);
            Assert.Equal([Instance], (await stream.NextAsync()).Welcome.EnrolledAddresses);
        }
        finally
        {
            foreach (var (peer, call) in connections)
            {
                call.Dispose();
                peer.Dispose();
            }
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(_collector.Endpoint));
        return socket;
    }

    private static bool IsOpen(Socket socket)
    {
        try
        {
            return !socket.Poll(0, SelectMode.SelectRead) || socket.Available > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task UntilEndAsync(AsyncServerStreamingCall<HealthCheckResponse> call)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        }
        catch (RpcException)
        {
        }
    }
}
