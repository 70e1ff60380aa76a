using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.InstanceAgent;

namespace OnionBalance.Split.Tests.Functional.Collector;

/// <summary>Who dials the collector, with a certificate of its own, over real mutual TLS.</summary>
internal sealed class Peer : IDisposable
{
    private readonly MutualTlsIdentity _identity;

    public Peer(AgentPki pki, PeerRole role, string name, string endpoint)
    {
        _identity = MutualTlsIdentity.Load(pki.Issue(role, name), TimeProvider.System, NullLogger.Instance);
        Channel = GrpcChannelFactory.Create(endpoint, _identity, PeerExpectation.Server(PeerRole.Collector, "collector1"));
    }

    public GrpcChannel Channel { get; }

    public AgentStream Report(params string[] instances)
    {
        var stream = new AgentStream(new MetadataChannel.MetadataChannelClient(Channel).Report());
        stream.Send(new AgentMessage { Hello = new Hello { Software = "test", InstanceAddresses = { instances } } });
        return stream;
    }

    public AsyncDuplexStreamingCall<SignerMessage, SignRequest> Attach() => new SignerLink.SignerLinkClient(Channel).Attach();

    public void Dispose()
    {
        Channel.Dispose();
        _identity.Dispose();
    }
}

/// <summary>An agent's end of the metadata channel.</summary>
internal sealed class AgentStream(AsyncDuplexStreamingCall<AgentMessage, AgentReply> call) : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    /// <summary>A stream that the collector has ended is no fault here: <see cref="EndAsync"/> tells how it ended.</summary>
    public void Send(AgentMessage message)
    {
        try
        {
            call.RequestStream.WriteAsync(message).Wait(_patience);
        }
        catch (AggregateException e) when (e.InnerException is RpcException or InvalidOperationException)
        {
        }
    }

    public Task CompleteAsync() => call.RequestStream.CompleteAsync();

    public async Task<AgentReply> NextAsync()
    {
        using var timeout = new CancellationTokenSource(_patience);
        Assert.True(await call.ResponseStream.MoveNext(timeout.Token), "the collector ended the stream");
        return call.ResponseStream.Current;
    }

    /// <summary>The status with which the collector ends the stream.</summary>
    public async Task<Status> EndAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(_patience);
            while (await call.ResponseStream.MoveNext(timeout.Token))
            {
            }

            return call.GetStatus();
        }
        catch (RpcException e)
        {
            return e.Status;
        }
    }

    public void Dispose() => call.Dispose();
}
