namespace OnionBalance.Split.InstanceAgent;

/// <summary>The time for intervals: it begins right and then runs on evenly, whatever is done to the machine's clock.</summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _origin = time.GetTimestamp();

    public DateTimeOffset Now => _start + time.GetElapsedTime(_origin);
}
