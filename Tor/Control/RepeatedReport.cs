namespace OnionBalance.Split.Tor.Control;

/// <summary>Says when a message that comes again and again is worth a log line: when new, and then once in a while.</summary>
internal sealed class RepeatedReport(TimeProvider time, TimeSpan repeat)
{
    private string? _last;
    private long _reported;

    public bool IsDue(string message)
    {
        if (message == _last && time.GetElapsedTime(_reported) < repeat)
            return false;
        _last = message;
        _reported = time.GetTimestamp();
        return true;
    }

    public void Clear() => _last = null;
}
