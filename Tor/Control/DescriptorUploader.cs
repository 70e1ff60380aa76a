using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Control.Outcomes;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// control-spec 3.29 HSPOST, one command per HSDir: with several SERVER= one unknown relay fails all. The outcome comes
/// later, as HS_DESC UPLOADED or FAILED, and UPLOADED names only the address and the HSDir. So uploads to different HSDirs
/// run side by side, and two of one address to one HSDir one after the other.
/// </summary>
public sealed class DescriptorUploader : IAsyncDisposable
{
    private readonly ControlConnection _connection;
    private readonly EventSubscription _subscription;
    private readonly OutcomeTable<UploadOutcome> _uploads;
    private readonly CircuitPrompt _prompt;
    private readonly Task _dispatching;

    private DescriptorUploader(ControlConnection connection, EventSubscription subscription, OutcomeTable<UploadOutcome> uploads, CircuitPrompt prompt)
    {
        _connection = connection;
        _subscription = subscription;
        _uploads = uploads;
        _prompt = prompt;
        _dispatching = EventDispatch.RunAsync(subscription, Dispatch, _uploads.Fail);
    }

    /// <summary>Subscribes to the events; the uploader lives no longer than the connection.</summary>
    public static async Task<DescriptorUploader> CreateAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        var uploads = new OutcomeTable<UploadOutcome>(Together);
        var subscription = await connection.SubscribeAsync([HsDescEvent.Keyword], cancellationToken).ConfigureAwait(false);
        var prompt = await CircuitPrompt.CreateAsync(connection, CircuitEvent.ServiceHsDir, () => uploads.IsAwaited, cancellationToken).ConfigureAwait(false);
        return new DescriptorUploader(connection, subscription, uploads, prompt);
    }

    /// <param name="hsDir">The HSDir's fingerprint, 40 hex digits.</param>
    /// <param name="timeout">From the moment tor has the command; a wait for this HSDir's turn is not counted.</param>
    /// <exception cref="ControlException">When the connection fails: what became of the upload is then unknown.</exception>
    public Task<UploadOutcome> PostAsync(
        string hsDir,
        OnionAddress address,
        ReadOnlyMemory<byte> descriptor,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        if (!RelayName.IsFingerprint(hsDir))
            throw new ArgumentException("An HSDir is named by its fingerprint of 40 hex digits.", nameof(hsDir));
        // Without HSADDRESS= tor never replies at all.
        var command = ControlCommand.Parse("HSPOST").Argument("SERVER", hsDir).Argument("HSADDRESS", address.Label).Data(descriptor);
        return _uploads.InTurnAsync(address.Label, hsDir.ToUpperInvariant(), PostInTurnAsync, cancellationToken);

        async Task<UploadOutcome> PostInTurnAsync(OutcomeSlot<UploadOutcome> slot)
        {
            if (slot.Begin(descriptor) is { Status: UploadStatus.Accepted } late)
            {
                // A retry, and the try that was given up has arrived meanwhile: sent again, it would be rejected.
                slot.Withdraw();
                return late;
            }

            _prompt.Expect();
            var reply = await _connection.SendAsync(command, cancellationToken).ConfigureAwait(false);
            if (!reply.IsOk)
            {
                slot.Withdraw();
                return new UploadOutcome(UploadStatus.Failed, $"{reply.Code} {reply.Text}");
            }

            var (came, outcome) = await slot.WaitAsync(timeout, _connection.Time, cancellationToken).ConfigureAwait(false);
            return came ? outcome! : new UploadOutcome(UploadStatus.TimedOut, $"no outcome within {timeout.TotalSeconds:0.#} s");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _prompt.DisposeAsync().ConfigureAwait(false);
        await _subscription.DisposeAsync().ConfigureAwait(false);
        await _dispatching.ConfigureAwait(false);
    }

    private void Dispatch(ControlEvent message)
    {
        if (HsDescEvent.TryParse(message, out var happened)
            && happened is { Label: { } label, HsDir: { } hsDir }
            && OutcomeOf(happened) is { } outcome)
        {
            _uploads.TryReport(label, hsDir, outcome);
        }
    }

    /// <summary>
    /// Of an upload given up and its successor, whose revision counter is at least as high: one failure may be the
    /// successor's, so it is tried again; one acceptance beside a rejection means that the higher counter is there.
    /// </summary>
    internal static UploadOutcome Together(UploadOutcome first, UploadOutcome later)
    {
        if (first.Status == UploadStatus.Failed)
            return first;
        return first.Status == UploadStatus.Accepted && later.Status == UploadStatus.Rejected ? first : later;
    }

    /// <summary>Null for what is no upload's end: a fetch of the same address may run beside, and fail by its own reasons.</summary>
    private static UploadOutcome? OutcomeOf(HsDescEvent happened) => (happened.Action, happened.Reason) switch
    {
        (HsDescAction.Uploaded, _) => UploadOutcome.Accepted,
        (HsDescAction.Failed, "UPLOAD_REJECTED") => new UploadOutcome(UploadStatus.Rejected, "UPLOAD_REJECTED"),
        (HsDescAction.Failed, "NOT_FOUND" or "BAD_DESC" or "QUERY_REJECTED" or "QUERY_NO_HSDIR" or "QUERY_RATE_LIMITED") => null,
        (HsDescAction.Failed, var reason) => new UploadOutcome(UploadStatus.Failed, reason ?? "no reason given"),
        _ => null,
    };
}
