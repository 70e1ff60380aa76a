using Microsoft.Extensions.Logging;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>
/// Follows one instance over one control connection: listens to tor's events, asks for the descriptor when one of them
/// or the clock says so, and lets the judge decide what is worth a report.
/// </summary>
internal sealed partial class WatchSession(
    InstanceConfiguration instance, InstanceJudge judge, Action report, SteadyClock clock, TimeProvider time, ILogger logger)
{
    private const string CircuitStatusKey = "circuit-status";

    /// <summary>NEWCONSENSUS tells the same, with megabytes of consensus behind it.</summary>
    private const string ConsensusArrived = "CONSENSUS_ARRIVED";

    private static readonly string[] EventKeywords =
        [CircuitEvent.Keyword, CircuitEvent.MinorKeyword, HsDescEvent.Keyword, StatusEvent.ClientKeyword];

    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Time enough for a tor that has just started.</summary>
    private static readonly TimeSpan DescriptorExpected = TimeSpan.FromSeconds(30);

    private readonly OnionAddress _address = instance.Address;
    private readonly DateTimeOffset _started = clock.Now;
    private readonly PollSchedule _poll = new(clock.Now);
    private readonly SecondDescriptorPlan _second = new(instance.Address, clock.Now);
    private PeriodClock? _periods;

    /// <summary>What stands before the encrypted part of the descriptor last read.</summary>
    private ReadOnlyMemory<byte> _known;
    private bool _periodsAreStale = true;
    private bool _publishes;
    private bool _awaitsDescriptor = true;
    private DescriptorFault _lastFault = DescriptorFault.None;

    public async Task RunAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        var subscription = await connection.SubscribeAsync(EventKeywords, cancellationToken).ConfigureAwait(false);
        await using var unsubscribe = subscription.ConfigureAwait(false);
        var fetcher = await DescriptorFetcher.CreateAsync(connection, cancellationToken).ConfigureAwait(false);
        await using var stopFetching = fetcher.ConfigureAwait(false);
        var own = new OwnDescriptorReader(connection);
        _publishes = await PublishesAsync(connection, cancellationToken).ConfigureAwait(false);

        LogFault(InstanceSetup.Check(instance, await TorServices.ReadAsync(connection, cancellationToken).ConfigureAwait(false)));
        await ReadCircuitsAsync(connection, cancellationToken).ConfigureAwait(false);
        var missed = subscription.Missed;
        var arrival = subscription.Events.WaitToReadAsync(cancellationToken).AsTask();
        var fetches = new List<(SecondFetch Asked, Task<FetchOutcome> Outcome)>();
        while (true)
        {
            await WaitAsync([arrival, .. fetches.Select(fetch => fetch.Outcome)], cancellationToken).ConfigureAwait(false);
            if (arrival.IsCompleted)
            {
                // Throws what ended the connection.
                await arrival.ConfigureAwait(false);
                while (subscription.Events.TryRead(out var message))
                    Take(message);
                arrival = subscription.Events.WaitToReadAsync(cancellationToken).AsTask();
            }

            if (subscription.Missed != missed)
            {
                missed = subscription.Missed;
                await ReadCircuitsAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            if (clock.Now >= _poll.Next)
                await PollAsync(connection, own, cancellationToken).ConfigureAwait(false);
            foreach (var fetch in fetches.FindAll(fetch => fetch.Outcome.IsCompleted))
            {
                fetches.Remove(fetch);
                TakeFetched(fetch.Asked, await fetch.Outcome.ConfigureAwait(false));
            }

            if (_publishes && _second.IsDue(clock.Now))
            {
                var asked = _second.Begin(clock.Now);
                fetches.Add((asked, fetcher.FetchAsync(_address, asked.HsDir, FetchTimeout, cancellationToken)));
            }

            if (judge.Decide(clock.Now))
                report();
        }
    }

    private async Task WaitAsync(IEnumerable<Task> happenings, CancellationToken cancellationToken)
    {
        var next = _publishes && _second.DueAt < _poll.Next ? _second.DueAt.Value : _poll.Next;
        var delay = next - clock.Now;
        if (delay <= TimeSpan.Zero)
            return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = Task.Delay(delay, time, stop.Token);
        await Task.WhenAny([timer, .. happenings]).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Take(ControlEvent message)
    {
        var now = clock.Now;
        if (CircuitEvent.TryParse(message, out var circuit))
        {
            if (judge.Circuits.Apply(circuit))
                _poll.Trigger(now);
        }
        else if (HsDescEvent.TryParse(message, out var descriptor))
        {
            if (descriptor.Label != _address.Label)
                return;
            _second.Happened(descriptor, now);
            if (descriptor.Action is HsDescAction.Created or HsDescAction.Upload or HsDescAction.Uploaded)
                _poll.Trigger(now);
        }
        else if (StatusEvent.TryParse(message, out var status) && status.Action == ConsensusArrived)
        {
            _periodsAreStale = true;
            _poll.Trigger(now);
        }
    }

    private async Task PollAsync(ControlConnection connection, OwnDescriptorReader own, CancellationToken cancellationToken)
    {
        if (_periodsAreStale && await ConsensusClock.ReadAsync(connection, cancellationToken).ConfigureAwait(false) is { } periods)
        {
            _periods = periods;
            _periodsAreStale = false;
            _second.Consensus(periods);
        }

        var text = await own.ReadAsync(_address, cancellationToken).ConfigureAwait(false);
        if (text is { } bytes && _periods is not null && (_poll.IsAlert(clock.Now) || !IsKnown(bytes)) && TryRead(bytes, _periods, out var observed))
        {
            judge.ObserveFirst(observed!);
            _known = Preamble(bytes);
        }

        WarnOfAbsence(text is not null);
        _poll.Polled(clock.Now);
    }

    /// <summary>
    /// tor sets the revision counter whenever it fills in introduction points, and that stands before the encrypted part: while
    /// nothing there changes, and nothing else happens, the rest need not be decrypted every second.
    /// </summary>
    private bool IsKnown(ReadOnlyMemory<byte> text) => Preamble(text).Span.SequenceEqual(_known.Span);

    private static ReadOnlyMemory<byte> Preamble(ReadOnlyMemory<byte> text) =>
        text[..Math.Max(0, text.Span.IndexOf("\nsuperencrypted\n"u8))];

    private void TakeFetched(SecondFetch asked, FetchOutcome outcome)
    {
        if (outcome.Status == FetchStatus.Found && _periods is not null && TryRead(outcome.Descriptor, _periods, out var observed)
            && observed!.Period == _second.Period)
        {
            judge.ObservePublished(observed);
            _second.Fetched(asked, observed.RevisionCounter, clock.Now);
        }
        else
        {
            _second.Failed(asked, clock.Now);
        }
    }

    private bool TryRead(ReadOnlyMemory<byte> text, PeriodClock periods, out ObservedDescriptor? observed)
    {
        var read = OwnDescriptor.TryRead(text, _address, periods, time.GetUtcNow(), out observed, out var fault);
        // The consensus may be newer than what is known of it: look again before saying anything.
        if (!read)
            _periodsAreStale = true;
        if (fault != _lastFault && !read)
            LogUnreadable(_address, fault);
        _lastFault = fault;
        return read;
    }

    private void WarnOfAbsence(bool hasDescriptor)
    {
        if (!_awaitsDescriptor)
            return;
        if (!hasDescriptor && clock.Now - _started >= DescriptorExpected)
            LogNoDescriptor(_address, instance.Tor.Control);
        _awaitsDescriptor = !hasDescriptor && clock.Now - _started < DescriptorExpected;
    }

    private void LogFault(InstanceFault fault)
    {
        switch (fault)
        {
            case InstanceFault.NotServed:
                LogNotServed(_address, instance.Tor.Control);
                break;
            case InstanceFault.NotAnInstance:
                LogNotAnInstance(_address);
                break;
            case InstanceFault.NoMasterNamed:
                LogNoMasterNamed(_address);
                break;
        }
    }

    private async Task ReadCircuitsAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        var lines = await connection.GetInfoAsync(CircuitStatusKey, cancellationToken).ConfigureAwait(false);
        judge.Circuits.Clear();
        foreach (var line in lines.Split('\n'))
        {
            if (CircuitEvent.TryParse(line, out var circuit))
                judge.Circuits.Apply(circuit);
        }
    }

    private static async Task<bool> PublishesAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        var reply = await connection.SendAsync("GETCONF PublishHidServDescriptors", cancellationToken).ConfigureAwait(false);
        return !reply.IsOk || !reply.Text.EndsWith("=0", StringComparison.Ordinal);
    }
}
