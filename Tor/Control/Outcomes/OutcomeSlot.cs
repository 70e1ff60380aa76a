using System.Threading.Channels;

namespace OnionBalance.Split.Tor.Control.Outcomes;

/// <summary>
/// Where the outcome of one kind of request (one address, one HSDir) is waited for. tor's outcome events bear no request
/// id, so requests of one slot take turns.
/// </summary>
/// <param name="together">
/// What to make of the outcomes, in order of arrival, of an earlier request that was given up and of this one: which is
/// whose cannot be seen.
/// </param>
internal sealed class OutcomeSlot<T>(Func<T, T, T> together)
    where T : class
{
    /// <summary>
    /// An earlier request that was given up may still be answered, just before or after this one: after the first of
    /// several expected outcomes, the next is waited for this long.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly Channel<T> _outcomes = Channel.CreateBounded<T>(
        new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Requests sent whose outcome has not been seen. Only who has the turn changes it.</summary>
    private int _unanswered;

    /// <summary>What they were all about; null when they were about different things.</summary>
    private object? _subject;

    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>How many hold or wait for the turn; guarded by the table.</summary>
    public int Users { get; set; }

    public bool IsIdle => Users == 0 && _unanswered == 0;

    /// <summary>Call with the turn, before the request is sent.</summary>
    /// <param name="subject">What is sent, to know a repeated request by.</param>
    /// <returns>The late outcome of earlier requests, where all of them were about the same subject; null without.</returns>
    public T? Begin(object subject)
    {
        T? late = null;
        while (_outcomes.Reader.TryRead(out var outcome))
        {
            late = late is null ? outcome : together(late, outcome);
            _unanswered = Math.Max(0, _unanswered - 1);
        }

        if (!subject.Equals(_subject))
        {
            late = null;
            _subject = _unanswered == 0 ? subject : null;
        }

        _unanswered++;
        return late;
    }

    /// <summary>The request was refused or not even sent: no outcome will come.</summary>
    public void Withdraw() => _unanswered--;

    public void Report(T outcome) => _outcomes.Writer.TryWrite(outcome);

    public void Fail(ControlException reason) => _outcomes.Writer.TryComplete(reason);

    /// <summary>False when none came in time.</summary>
    public async Task<(bool Came, T? Outcome)> WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (came, outcome) = await NextAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        while (came && _unanswered > 0)
        {
            var left = timeout - time.GetElapsedTime(started);
            var (another, later) = await NextAsync(left < Settling ? left : Settling, time, cancellationToken).ConfigureAwait(false);
            if (!another)
            {
                // It will hardly come any more, and must not be waited for at every turn.
                _unanswered = 0;
                break;
            }

            outcome = together(outcome!, later!);
        }

        return (came, outcome);
    }

    private async Task<(bool Came, T? Outcome)> NextAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        if (timeout <= TimeSpan.Zero)
            return (false, default);
        using var late = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var outcome = await _outcomes.Reader.ReadAsync(either.Token).ConfigureAwait(false);
            _unanswered--;
            return (true, outcome);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, default);
        }
        catch (ChannelClosedException e) when (e.InnerException is ControlException reason)
        {
            throw reason.Again();
        }
    }
}
