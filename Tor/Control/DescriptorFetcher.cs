using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Control.Outcomes;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// control-spec 3.26 HSFETCH. tor ends every fetch with HS_DESC_CONTENT, its body empty when there is none, just after
/// the HS_DESC FAILED that says why. Fetches from different HSDirs run side by side.
/// </summary>
public sealed class DescriptorFetcher : IAsyncDisposable
{
    private readonly ControlConnection _connection;
    private readonly EventSubscription _subscription;
    private readonly OutcomeTable<FetchOutcome> _fetches;
    private readonly CircuitPrompt _prompt;
    private readonly Task _dispatching;
    private HsDescEvent? _lastFailure;

    private DescriptorFetcher(ControlConnection connection, EventSubscription subscription, OutcomeTable<FetchOutcome> fetches, CircuitPrompt prompt)
    {
        _connection = connection;
        _subscription = subscription;
        _fetches = fetches;
        _prompt = prompt;
        _dispatching = EventDispatch.RunAsync(subscription, Dispatch, _fetches.Fail);
    }

    /// <summary>Subscribes to the events; the fetcher lives no longer than the connection.</summary>
    public static async Task<DescriptorFetcher> CreateAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        var fetches = new OutcomeTable<FetchOutcome>((_, later) => later);
        var subscription = await connection.SubscribeAsync([HsDescEvent.Keyword, HsDescContentEvent.Keyword], cancellationToken).ConfigureAwait(false);
        var prompt = await CircuitPrompt.CreateAsync(connection, CircuitEvent.ClientHsDir, () => fetches.IsAwaited, cancellationToken).ConfigureAwait(false);
        return new DescriptorFetcher(connection, subscription, fetches, prompt);
    }

    /// <param name="hsDir">
    /// The HSDir to ask, by fingerprint. Null lets tor choose as a client does, which means that it asks no HSDir again
    /// within 15 minutes.
    /// </param>
    /// <param name="timeout">From the moment tor has the command.</param>
    /// <exception cref="ControlException">When the connection fails.</exception>
    public Task<FetchOutcome> FetchAsync(OnionAddress address, string? hsDir, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (hsDir is not null && !RelayName.IsFingerprint(hsDir))
            throw new ArgumentException("An HSDir is named by its fingerprint of 40 hex digits.", nameof(hsDir));
        var command = ControlCommand.Parse("HSFETCH").Argument(address.Label);
        if (hsDir is not null)
            command = command.Argument("SERVER", hsDir);
        return _fetches.InTurnAsync(address.Label, hsDir?.ToUpperInvariant(), FetchInTurnAsync, cancellationToken);

        async Task<FetchOutcome> FetchInTurnAsync(OutcomeSlot<FetchOutcome> slot)
        {
            _ = slot.Begin(command);
            _prompt.Expect();
            var reply = await _connection.SendAsync(command, cancellationToken).ConfigureAwait(false);
            if (!reply.IsOk)
            {
                slot.Withdraw();
                return new FetchOutcome(FetchStatus.Refused, default, $"{reply.Code} {reply.Text}", hsDir);
            }

            var (came, outcome) = await slot.WaitAsync(timeout, _connection.Time, cancellationToken).ConfigureAwait(false);
            return came ? outcome! : new FetchOutcome(FetchStatus.TimedOut, default, $"no outcome within {timeout.TotalSeconds:0.#} s", hsDir);
        }
    }

    /// <summary>Asks several HSDirs at once; the outcomes in their order.</summary>
    public Task<FetchOutcome[]> FetchAsync(OnionAddress address, IEnumerable<string> hsDirs, TimeSpan timeout, CancellationToken cancellationToken) =>
        Task.WhenAll(hsDirs.Select(hsDir => FetchAsync(address, hsDir, timeout, cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        await _prompt.DisposeAsync().ConfigureAwait(false);
        await _subscription.DisposeAsync().ConfigureAwait(false);
        await _dispatching.ConfigureAwait(false);
    }

    private void Dispatch(ControlEvent message)
    {
        if (HsDescEvent.TryParse(message, out var happened))
        {
            _lastFailure = happened.Action == HsDescAction.Failed ? happened : null;
            return;
        }

        if (!HsDescContentEvent.TryParse(message, out var content) || content.Label is not { } label)
            return;
        var outcome = OutcomeOf(content, message.BodyDropped);
        if (!_fetches.TryReport(label, content.HsDir, outcome))
            _fetches.TryReport(label, null, outcome);
    }

    private FetchOutcome OutcomeOf(HsDescContentEvent content, bool bodyDropped)
    {
        if (bodyDropped)
            return new FetchOutcome(FetchStatus.NotFound, default, "longer than any descriptor may be", content.HsDir);
        if (!content.IsEmpty)
            return new FetchOutcome(FetchStatus.Found, content.Body, "", content.HsDir);
        var explained = _lastFailure is { } failure && failure.Label == content.Label && failure.HsDir == content.HsDir;
        return new FetchOutcome(FetchStatus.NotFound, default, explained ? _lastFailure!.Reason ?? "no reason given" : "no reason given", content.HsDir);
    }
}
