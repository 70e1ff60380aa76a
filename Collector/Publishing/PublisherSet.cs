using System.Collections.Concurrent;
using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>One publisher for each service of the configuration, started and stopped as services come and go.</summary>
internal sealed class PublisherSet(CurrentConfiguration configuration, PublishingMeans means, ILoggerFactory loggers) : BackgroundService
{
    private readonly ConcurrentDictionary<OnionAddress, Running> _running = [];
    private readonly Wakeup _reconfigured = new();

    internal ImmutableArray<ServicePublisher> Snapshot => [.. configuration.Value.Services
        .Select(service => _running.GetValueOrDefault(service.Address)?.Publisher)
        .OfType<ServicePublisher>()];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        configuration.Changed += OnReconfigured;
        means.Instances.Changed += WakeAll;
        means.Tor.Changed += WakeAll;
        means.Signing.Changed += WakeAllForSigning;
        try
        {
            while (true)
            {
                await FollowAsync(configuration.Value, stoppingToken);
                // A publisher ends only when it is told to: otherwise its fault is the daemon's.
                await await Task.WhenAny(
                    [_reconfigured.WaitAsync(Timeout.InfiniteTimeSpan, means.Time, stoppingToken), .. _running.Values.Select(running => running.Task)]);
            }
        }
        finally
        {
            configuration.Changed -= OnReconfigured;
            means.Instances.Changed -= WakeAll;
            means.Tor.Changed -= WakeAll;
            means.Signing.Changed -= WakeAllForSigning;
            await Task.WhenAll(_running.Values.Select(running => running.StopAsync()));
        }
    }

    private async Task FollowAsync(CollectorConfiguration wanted, CancellationToken stoppingToken)
    {
        var services = wanted.Services.ToImmutableDictionary(service => service.Address);
        foreach (var (address, running) in _running.Where(pair => !services.ContainsKey(pair.Key)).ToArray())
        {
            _running.TryRemove(address, out _);
            await running.StopAsync();
        }

        foreach (var (address, service) in services)
        {
            if (_running.TryGetValue(address, out var running))
                running.Publisher.Reconfigure(service);
            else
                _running[address] = Running.Start(new ServicePublisher(service, means, loggers.CreateLogger<ServicePublisher>()), stoppingToken);
        }
    }

    private void OnReconfigured(CollectorConfiguration changed) => _reconfigured.Set();

    private void WakeAll()
    {
        foreach (var running in _running.Values)
            running.Publisher.Wake();
    }

    private void WakeAllForSigning()
    {
        foreach (var running in _running.Values)
            running.Publisher.WakeForSigning();
    }

    private sealed record Running(ServicePublisher Publisher, Task Task, CancellationTokenSource Stop)
    {
        internal static Running Start(ServicePublisher publisher, CancellationToken stoppingToken)
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            return new Running(publisher, Task.Run(() => publisher.RunAsync(stop.Token), CancellationToken.None), stop);
        }

        internal async Task StopAsync()
        {
            await Stop.CancelAsync();
            await Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Stop.Dispose();
        }
    }
}
