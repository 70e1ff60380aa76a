namespace OnionBalance.Split.Collector.Listening;

/// <summary>
/// Holds a peer to so many messages, over all its streams: a burst, then a steady rate. Who sends more is read more slowly,
/// until HTTP/2's flow control holds the sender.
/// </summary>
internal sealed class PeerRate(int burst, int perSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _tokens = burst;
    private long _at = time.GetTimestamp();

    /// <summary>
    /// Waits until the next message may be taken: for as long as a burst takes to come back at most, so that what was spent
    /// by streams long gone is forgiven.
    /// </summary>
    internal async Task PaceAsync(CancellationToken cancellationToken)
    {
        if (Spend() is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
    }

    internal TimeSpan Spend()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Max(-burst, Math.Min(burst, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * perSecond) - 1);
            _at = now;
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / perSecond);
        }
    }
}
