namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>
/// When to ask tor for its descriptor: at once after an event, often for the seconds in which tor makes the new one, and
/// otherwise as a safety net. tor says when circuits change, but not when it has written the descriptor that names them.
/// </summary>
internal sealed class PollSchedule(DateTimeOffset start)
{
    public static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);

    /// <summary>tor 0.4.9 has the descriptor 1 s after a successor stands, and 2 s after a killed relay's does.</summary>
    public static readonly TimeSpan Alert = TimeSpan.FromSeconds(5);

    private DateTimeOffset _alertUntil = start;

    public DateTimeOffset Next { get; private set; } = start;

    /// <summary>Something happened after which a new descriptor may come.</summary>
    public void Trigger(DateTimeOffset now)
    {
        _alertUntil = now + Alert;
        // Events come in bunches: one reading answers those of a tenth of a second.
        var soon = now + Often / 2;
        if (Next > soon)
            Next = soon;
    }

    public bool IsAlert(DateTimeOffset now) => now < _alertUntil;

    public void Polled(DateTimeOffset now) => Next = now + (IsAlert(now) ? Often : SafetyNet);
}
