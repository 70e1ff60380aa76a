using System.Diagnostics;
using Grpc.Core;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Collector;
using OnionBalance.Split.Tests.Functional.InstanceAgent;

namespace OnionBalance.Split.Tests.Functional.ThreatModel;

/// <summary>A backend with a good certificate that wants the Collector's processor, and its log to hide in.</summary>
public sealed class A_backend_that_talks_much : IAsyncLifetime
{
    private static readonly TimeSpan Flood = TimeSpan.FromSeconds(4);

    private readonly string _folder = Directory.CreateTempSubdirectory("obs-talks").FullName;
    private readonly AgentPki _pki;
    private readonly CollectorUnderTest _collector;

    public A_backend_that_talks_much()
    {
        _pki = new AgentPki(_folder);
        _collector = new CollectorUnderTest(_pki);
        _collector.Configure(Fresh.Address().ToFullString(), [(Fresh.Address().ToFullString(), "hostile")]);
    }

    public Task InitializeAsync() => _collector.StartAsync();

    public async Task DisposeAsync()
    {
        await _collector.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Each stream says no more than one may say at once, and the next follows.</summary>
    [Fact]
    public async Task Is_answered_no_faster_on_one_stream_after_the_other()
    {
        using var hostile = new Peer(_pki, PeerRole.Agent, "hostile", _collector.Endpoint);
        using var over = new CancellationTokenSource(Flood);
        var since = Stopwatch.GetTimestamp();
        var answers = 0;
        while (!over.IsCancellationRequested)
            answers += await TalkAsync(hostile, over.Token);

        // Control: a burst is answered, and so is what the rate allows.
        var allowed = AgentSessions.MessageBurst + Stopwatch.GetElapsedTime(since).TotalSeconds * AgentSessions.MessagesPerSecond;
        Assert.InRange(answers, AgentSessions.MessageBurst / 2, allowed + AgentSessions.MessagesPerSecond);
    }

    [Fact]
    public async Task Fills_no_log_with_calls_that_are_refused()
    {
        using var hostile = new Peer(_pki, PeerRole.Agent, "hostile", _collector.Endpoint);
        using var over = new CancellationTokenSource(Flood);
        var calls = 0;
        for (; !over.IsCancellationRequested; calls++)
            await Assert.ThrowsAsync<RpcException>(async () => await new Operator.OperatorClient(hostile.Channel).StatusAsync(new StatusRequest()));
        var lines = _collector.Log.Split('\n').Count(line => line.Contains("Operator/Status", StringComparison.Ordinal) || line.Contains("in the meantime", StringComparison.Ordinal));
        Assert.True(calls > 100);
        Assert.InRange(lines, 1, 2 * (int)(Flood.TotalSeconds + 2));
    }

    private static async Task<int> TalkAsync(Peer peer, CancellationToken stop)
    {
        var answers = 0;
        using var call = new MetadataChannel.MetadataChannelClient(peer.Channel).Report(cancellationToken: stop);
        try
        {
            await call.RequestStream.WriteAsync(new AgentMessage { Hello = new Hello() }, stop);
            var reading = ReadAsync();
            for (var i = 1; i < AgentSessions.MessageBurst; i++)
                await call.RequestStream.WriteAsync(new AgentMessage { Lost = new InstanceLost { InstanceAddress = "nobody's" } }, stop);
            await reading;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or InvalidOperationException)
        {
        }

        return answers;

        async Task ReadAsync()
        {
            for (; answers < AgentSessions.MessageBurst; answers++)
                await call.ResponseStream.MoveNext(CancellationToken.None);
        }
    }
}
