namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// Holds a stream to so many messages: a burst, then a steady rate. Who sends more is read more slowly, until HTTP/2's
/// flow control holds the sender.
/// </summary>
internal sealed class MessageRate(TimeProvider time)
{
    internal const int Burst = 200;
    internal const int PerSecond = 20;

    private double _tokens = Burst;
    private long _at = time.GetTimestamp();

    /// <summary>How long to wait before the next message is read.</summary>
    internal TimeSpan Spend()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(Burst, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * PerSecond) - 1;
        _at = now;
        return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / PerSecond);
    }
}
