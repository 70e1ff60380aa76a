using Grpc.Core;
using OnionBalance.Split.Collector.Listening;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>The agents' end of the collector: Hello, then reports, in the order in which they come.</summary>
internal sealed partial class MetadataChannelService(
    AgentSessions sessions, ReportIntake intake, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<MetadataChannelService> logger)
    : MetadataChannel.MetadataChannelBase
{
    private const int MostInstances = 64;
    private const int LongestSoftware = 64;
    private const int AddressLength = 62;

    private static readonly TimeSpan HelloWait = TimeSpan.FromSeconds(10);

    public override async Task Report(
        IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<AgentReply> responseStream, ServerCallContext context)
    {
        var agent = Caller.Of(context)!.Name;
        var hello = await HelloAsync(requestStream, context.CancellationToken);
        await sessions.RateOf(agent).PaceAsync(context.CancellationToken);
        using var session = sessions.Attach(agent, hello.Software, AddressesOf(hello));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(session.Ending, lifetime.ApplicationStopping, context.CancellationToken);
        LogConnected(agent, hello.Software, session.Instances.Length, hello.InstanceAddresses.Count);
        foreach (var foreign in AddressesOf(hello).Except(session.Instances))
            LogNotEnrolled(agent, foreign);
        var goodbye = false;
        try
        {
            var welcome = new Welcome { Software = Software.Name };
            welcome.EnrolledAddresses.AddRange(session.Instances.Select(instance => instance.ToFullString()));
            await responseStream.WriteAsync(new AgentReply { Welcome = welcome }, ending.Token);
            goodbye = await ReadAsync(agent, requestStream, responseStream, ending.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException || ending.IsCancellationRequested)
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                throw new RpcException(new Status(StatusCode.Unavailable, "the collector stops"));
            if (session.Ending.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
                throw new RpcException(new Status(StatusCode.Aborted, session.EndReason));
        }
        finally
        {
            sessions.Detach(session, goodbye);
            LogDisconnected(agent, goodbye ? "it said goodbye" : session.EndReason is "" ? "its connection ended" : session.EndReason);
        }
    }

    /// <summary>True when the agent said goodbye.</summary>
    private async Task<bool> ReadAsync(
        string agent, IAsyncStreamReader<AgentMessage> requests, IServerStreamWriter<AgentReply> replies, CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            var message = requests.Current;
            switch (message.KindCase)
            {
                case AgentMessage.KindOneofCase.Descriptor_:
                    var refused = await intake.TakeAsync(agent, message.Descriptor_, cancellationToken);
                    await replies.WriteAsync(Reply(message.Descriptor_.Sequence, refused), cancellationToken);
                    break;
                case AgentMessage.KindOneofCase.Lost:
                    await replies.WriteAsync(Reply(message.Lost.Sequence, intake.TakeLoss(agent, message.Lost)), cancellationToken);
                    break;
                case AgentMessage.KindOneofCase.Goodbye:
                    return true;
                default:
                    throw Invalid("after the first message only descriptors, losses and a goodbye are expected");
            }

            await sessions.RateOf(agent).PaceAsync(cancellationToken);
        }

        return false;
    }

    private async Task<Hello> HelloAsync(IAsyncStreamReader<AgentMessage> requests, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(HelloWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            if (!await requests.MoveNext(either.Token) || requests.Current.KindCase != AgentMessage.KindOneofCase.Hello)
                throw Invalid("the first message must be a Hello");
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "no Hello came"));
        }

        var hello = requests.Current.Hello;
        if (hello.Software.Length > LongestSoftware || hello.Software.Any(char.IsControl))
            throw Invalid($"Hello.software is longer than {LongestSoftware} characters or not plain text");
        if (hello.InstanceAddresses.Count > MostInstances)
            throw Invalid($"Hello names more than {MostInstances} instances");
        return hello;
    }

    private static IEnumerable<OnionAddress> AddressesOf(Hello hello)
    {
        foreach (var text in hello.InstanceAddresses)
        {
            if (text.Length != AddressLength || !OnionAddress.TryParse(text, out var address))
                throw Invalid("Hello names an instance that is not a v3 onion address of 62 characters");
            yield return address;
        }
    }

    private static AgentReply Reply(ulong sequence, Refused? refused) =>
        refused is null ? new AgentReply { Accepted = new Accepted { Sequence = sequence } } : new AgentReply { Refused = refused };

    private static RpcException Invalid(string detail) => new(new Status(StatusCode.InvalidArgument, detail));
}
