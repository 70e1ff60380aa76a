namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// Holds an agent to so many messages, over all its streams: a burst, then a steady rate. Who sends more is read more slowly,
/// until HTTP/2's flow control holds the sender.
/// </summary>
internal sealed class MessageRate(TimeProvider time)
{
    internal const int Burst = 200;
    internal const int PerSecond = 20;

    private readonly Lock _gate = new();
    private double _tokens = Burst;
    private long _at = time.GetTimestamp();

    /// <summary>How long to wait before the next message is read: 10 s at most, so that what was spent by streams long gone is forgiven.</summary>
    internal TimeSpan Spend()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Max(-Burst, Math.Min(Burst, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * PerSecond) - 1);
            _at = now;
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / PerSecond);
        }
    }
}
