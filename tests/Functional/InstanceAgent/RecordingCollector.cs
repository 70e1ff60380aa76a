using System.Collections.Immutable;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Tests.Functional.InstanceAgent;

/// <summary>What an agent said, and when. Streams are numbered from 1.</summary>
internal sealed record Received(DateTimeOffset At, int Stream, string Agent, AgentMessage Message);

/// <summary>
/// The Collector's end of the metadata channel over real mutual TLS: writes down all that comes, and answers as the test
/// wishes.
/// </summary>
internal sealed class RecordingCollector : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly MutualTlsIdentity _identity;
    private readonly Lock _lock = new();
    private readonly List<Received> _received = [];
    private WebApplication? _server;
    private TaskCompletionSource _news = NewSignal();
    private int _streams;
    private int _endedStreams;

    public RecordingCollector(AgentPki pki, string name)
    {
        _identity = MutualTlsIdentity.Load(pki.Issue(PeerRole.Collector, name), TimeProvider.System, NullLogger.Instance);
        Port = FreePort();
    }

    public int Port { get; }

    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Null leaves a report without an answer.</summary>
    public Func<AgentMessage, ulong, AgentReply?> Answer { get; set; } = (_, sequence) => Accept(sequence);

    /// <summary>Which of a Hello's instances to take; all unless said otherwise.</summary>
    public Func<string, bool> IsEnrolled { get; set; } = _ => true;

    /// <summary>How long it takes for every answer.</summary>
    public TimeSpan Busy { get; set; }

    /// <summary>Ends every stream with this right after the welcome; null for none.</summary>
    public Status? End { get; set; }

    /// <summary>Of any other role the certificate is refused.</summary>
    public PeerRole Takes { get; set; } = PeerRole.Agent;

    public ImmutableArray<Received> All
    {
        get
        {
            lock (_lock)
                return [.. _received];
        }
    }

    public int EndedStreams
    {
        get
        {
            lock (_lock)
                return _endedStreams;
        }
    }

    public static AgentReply Accept(ulong sequence) => new() { Accepted = new Accepted { Sequence = sequence } };

    public static AgentReply Refuse(ulong sequence, ReportRefusal reason, string detail = "") =>
        new() { Refused = new Refused { Sequence = sequence, Reason = reason, Detail = detail } };

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port, listen =>
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(_identity.CreateServerOptions(PeerExpectation.Client(Takes), "an agent")),
            })));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _server = builder.Build();
        _server.UseRouting();
        _server.MapGrpcService<Service>();
        await _server.StartAsync();
    }

    /// <summary>At once: connections break.</summary>
    public async Task StopAsync()
    {
        if (_server is null)
            return;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
        _server = null;
    }

    /// <summary>The first message since <paramref name="skip"/> messages that fits; waits for it.</summary>
    public async Task<Received> WaitForAsync(Func<AgentMessage, bool> fits, int skip = 0, TimeSpan? patience = null)
    {
        using var timeout = new CancellationTokenSource(patience ?? _patience);
        while (true)
        {
            Task news;
            lock (_lock)
            {
                if (_received.Skip(skip).FirstOrDefault(r => fits(r.Message)) is { } found)
                    return found;
                news = _news.Task;
            }

            try
            {
                await news.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No such message came. What came: {string.Join("\n", All.Select(r => $"{r.At:HH:mm:ss.fff} {r.Stream} {r.Message.KindCase}"))}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _identity.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Take(Received received)
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            _received.Add(received);
            (news, _news) = (_news, NewSignal());
        }

        news.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Service(RecordingCollector owner) : MetadataChannel.MetadataChannelBase
    {
        public override async Task Report(
            IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<AgentReply> responseStream, ServerCallContext context)
        {
            Assert.True(PeerIdentity.TryFromCertificate(context.GetHttpContext().Connection.ClientCertificate!, out var agent, out var problem), problem);
            var stream = Interlocked.Increment(ref owner._streams);
            try
            {
                while (await requestStream.MoveNext(context.CancellationToken))
                {
                    var message = requestStream.Current;
                    owner.Take(new Received(TimeProvider.System.GetUtcNow(), stream, agent.Name, message));
                    if (message.KindCase == AgentMessage.KindOneofCase.Goodbye)
                        return;
                    await Task.Delay(owner.Busy, context.CancellationToken);
                    if (Reply(message) is { } reply)
                        await responseStream.WriteAsync(reply);
                    if (owner.End is { } end)
                        throw new RpcException(end);
                }
            }
            finally
            {
                Interlocked.Increment(ref owner._endedStreams);
            }
        }

        private AgentReply? Reply(AgentMessage message)
        {
            if (message.KindCase != AgentMessage.KindOneofCase.Hello)
                return owner.Answer(message, message.Lost?.Sequence ?? message.Descriptor_.Sequence);
            var welcome = new Welcome { Software = "a recording collector" };
            welcome.EnrolledAddresses.AddRange(message.Hello.InstanceAddresses.Where(owner.IsEnrolled));
            return new AgentReply { Welcome = welcome };
        }
    }
}
