namespace OnionBalance.Split.Collector;

/// <summary>Wakes one loop: however often it is set, the loop runs once more.</summary>
internal sealed class Wakeup
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _set = New();

    internal void Set()
    {
        lock (_gate)
            _set.TrySetResult();
    }

    /// <summary>Returns when set since the last return, or when it is time.</summary>
    internal async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        Task set;
        lock (_gate)
            set = _set.Task;
        try
        {
            await set.WaitAsync(atMost, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return;
        }

        lock (_gate)
            _set = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
