using System.Collections.Immutable;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Rpc;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>
/// One stream to a Collector: Hello, Welcome, then every report as soon as the Collector is ready for it, and Goodbye.
/// Whatever breaks it comes out as an exception; the next stream begins anew.
/// </summary>
internal sealed partial class ReportStream(
    string collector,
    MetadataChannel.MetadataChannelClient client,
    ReportBoard board,
    LinkPace pace,
    RefusalMemory refusals,
    Func<bool> isLeaving,
    SteadyClock clock,
    TimeProvider time,
    ILogger logger)
{
    private readonly DateTimeOffset _started = clock.Now;
    private readonly ILogger _logger = logger;
    private Outbox? _outbox;
    private BoardView _view = board.Current;

    /// <summary>The instances of the Hello; a later one takes another stream.</summary>
    private ImmutableHashSet<OnionAddress> _greeted = [];

    /// <summary>Says nothing of a welcome.</summary>
    public bool IsQuiet { get; set; }

    public bool WasWelcomed => _outbox is not null;

    /// <summary>A timestamp of the clock that the stream was given.</summary>
    public long? WelcomedAt { get; private set; }

    /// <summary>
    /// Null after a goodbye, or when the instances have changed and a new Hello is needed; otherwise that the Collector has ended it.
    /// </summary>
    public async Task<LinkFault?> RunAsync(CancellationToken stop)
    {
        using var end = new CancellationTokenSource();
        using var call = client.Report(cancellationToken: end.Token);
        _greeted = _view.Instances;
        await WriteAsync(call, SayHello(_greeted), stop).ConfigureAwait(false);
        var reply = call.ResponseStream.MoveNext(end.Token);
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, stop);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (reply.IsCompleted)
                {
                    if (!await reply.ConfigureAwait(false))
                        return LinkFault.StreamEnded;
                    Take(call.ResponseStream.Current);
                    reply = call.ResponseStream.MoveNext(end.Token);
                }

                _view = board.Current;
                while (_outbox?.Next(_view, clock.Now) is { } message)
                    await WriteAsync(call, message, stop).ConfigureAwait(false);
                // Not before a withdrawal has its answer: it might be cut off with the stream.
                if (!_greeted.SetEquals(_view.Instances) && _outbox?.IsAnswered(_greeted.Except(_view.Instances)) == true)
                    return null;
                await WaitAsync(reply, stopped).ConfigureAwait(false);
            }

            if (isLeaving())
                await SayGoodbyeAsync(call, reply).ConfigureAwait(false);
            return null;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await ((Task)reply).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static AgentMessage SayHello(ImmutableHashSet<OnionAddress> instances)
    {
        var hello = new Hello { Software = Software.Name };
        hello.InstanceAddresses.AddRange(instances.Select(instance => instance.ToFullString()));
        return new AgentMessage { Hello = hello };
    }

    private void Take(AgentReply reply)
    {
        switch (reply.KindCase)
        {
            case AgentReply.KindOneofCase.Welcome:
                TakeWelcome(reply.Welcome);
                break;
            case AgentReply.KindOneofCase.Accepted:
                if (_outbox?.Accept(reply.Accepted.Sequence) is { } accepted)
                    refusals.Accepted(accepted);
                break;
            case AgentReply.KindOneofCase.Refused:
                TakeRefusal(reply.Refused);
                break;
        }
    }

    /// <summary>A Collector may say it again when its enrolments have changed: what it refused before is then sent anew.</summary>
    private void TakeWelcome(Welcome welcome)
    {
        var enrolled = _greeted.Where(i => welcome.EnrolledAddresses.Contains(i.ToFullString())).ToImmutableHashSet();
        _outbox = new Outbox(enrolled, _outbox?.LastSequence ?? 0);
        WelcomedAt ??= time.GetTimestamp();
        if (IsQuiet)
            return;
        var software = ForeignText.Bounded(welcome.Software);
        var instances = Counted.Of(enrolled.Count, "instance");
        LogWelcome(collector, instances, software);
        foreach (var stranger in _greeted.Except(enrolled))
            LogNotEnrolled(collector, stranger);
    }

    private void TakeRefusal(Refused refused)
    {
        var instance = _outbox?.Refuse(refused.Sequence, refused.Reason, clock.Now);
        if (instance is null || !refusals.IsNew(instance, refused.Reason))
            return;
        var detail = ForeignText.Bounded(refused.Detail);
        LogRefused(collector, instance, refused.Reason, detail);
    }

    private async Task WaitAsync(Task reply, Task stopped)
    {
        using var done = new CancellationTokenSource();
        var deadline = Deadline();
        var wake = _outbox?.NextRetry() is { } retry && !(retry > deadline) ? retry : deadline;
        var timer = Task.Delay(Until(wake), time, done.Token);
        await Task.WhenAny(reply, stopped, _view.Superseded, timer).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        if (clock.Now >= deadline && !reply.IsCompleted)
            throw new TimeoutException($"no answer within {pace.AnswerTimeout.TotalSeconds:0} s");
    }

    /// <summary>When the Collector has to have answered what is open, the Hello or the oldest report; null when nothing is.</summary>
    private DateTimeOffset? Deadline() => (WasWelcomed ? _outbox!.OldestUnanswered() : _started) + pace.AnswerTimeout;

    /// <summary>Without a moment to wake at, until something happens.</summary>
    private TimeSpan Until(DateTimeOffset? moment)
    {
        if (moment is not { } wake)
            return Timeout.InfiniteTimeSpan;
        var now = clock.Now;
        return wake > now ? wake - now : TimeSpan.Zero;
    }

    private Task WriteAsync(AsyncDuplexStreamingCall<AgentMessage, AgentReply> call, AgentMessage message, CancellationToken stop) =>
        call.RequestStream.WriteAsync(message, CancellationToken.None).WaitAsync(pace.AnswerTimeout, time, stop);

    /// <summary>The Collector ends the stream when it has taken the goodbye down; a stream just cut might not carry it.</summary>
    private async Task SayGoodbyeAsync(AsyncDuplexStreamingCall<AgentMessage, AgentReply> call, Task<bool> reply)
    {
        using var timeout = new CancellationTokenSource(pace.GoodbyeTimeout, time);
        await WriteAsync(call, new AgentMessage { Goodbye = new Goodbye() }, timeout.Token).ConfigureAwait(false);
        await call.RequestStream.CompleteAsync().WaitAsync(timeout.Token).ConfigureAwait(false);
        while (await reply.WaitAsync(timeout.Token).ConfigureAwait(false))
            reply = call.ResponseStream.MoveNext(timeout.Token);
    }
}
