using Microsoft.Extensions.Hosting;

namespace OnionBalance.Split.Hosting.Daemon;

/// <summary>A lifetime that minds no signals: <see cref="DaemonRun{TOptions}"/> does, in one place.</summary>
internal sealed class SignalsElsewhere : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
