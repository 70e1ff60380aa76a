namespace OnionBalance.Split.InstanceAgent.Running;

/// <summary>
/// The loops that run side by side, each by the configuration it was started with. One that fails is a fault of the
/// program, and fails them all.
/// </summary>
internal sealed class Parts<TConfiguration>
    where TConfiguration : notnull
{
    private readonly Dictionary<TConfiguration, (CancellationTokenSource Stop, Task Run)> _running = [];
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Never completes but by failing.</summary>
    public Task Failure => _failure.Task;

    public IReadOnlyCollection<TConfiguration> Running => _running.Keys;

    public void Start(TConfiguration configuration, Func<CancellationToken, Task> loop)
    {
        var stop = new CancellationTokenSource();
        _running.Add(configuration, (stop, RunAsync(loop, stop.Token)));
    }

    public async Task StopAsync(IEnumerable<TConfiguration> configurations)
    {
        (CancellationTokenSource Stop, Task Run)[] stopped = [.. configurations.Select(Remove)];
        await Task.WhenAll(stopped.Select(part => part.Stop.CancelAsync())).ConfigureAwait(false);
        await Task.WhenAll(stopped.Select(part => part.Run)).ConfigureAwait(false);
        foreach (var part in stopped)
            part.Stop.Dispose();
    }

    private (CancellationTokenSource Stop, Task Run) Remove(TConfiguration configuration)
    {
        _running.Remove(configuration, out var part);
        return part;
    }

    private async Task RunAsync(Func<CancellationToken, Task> loop, CancellationToken stop)
    {
        try
        {
            await Task.Run(() => loop(stop), CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            _failure.TrySetException(e);
        }
    }
}
