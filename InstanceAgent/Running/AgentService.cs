using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.InstanceAgent.Reporting;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.InstanceAgent.Running;

/// <summary>
/// The agent whole: one watcher for each instance, one link to each Collector, the report board between them. A new
/// configuration stops and starts only what it changes.
/// </summary>
internal sealed class AgentService(AgentConfiguration initial, TimeProvider time, ILoggerFactory loggers)
    : BackgroundService, IConfigurationReload<AgentConfiguration>
{
    private readonly SteadyClock _clock = new(time);
    private readonly ReportBoard _board = new();
    private readonly Parts<InstanceConfiguration> _watchers = new();
    private readonly Parts<LinkConfiguration> _links = new();
    private (TlsFiles Files, MutualTlsIdentity Identity)? _tls;

    /// <summary>The endpoints reported to. A link that stops for good says goodbye; one that starts anew does not.</summary>
    private volatile ImmutableHashSet<string> _collectors = [];

    /// <exception cref="DaemonException">A file that the configuration names is missing or wrong.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var problems = await ApplyAsync(initial, cancellationToken).ConfigureAwait(false);
        if (!problems.IsEmpty)
            throw new DaemonException(string.Join("; ", problems));
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<ImmutableArray<string>> ApplyAsync(AgentConfiguration options, CancellationToken cancellation)
    {
        var instances = InstanceAddresses.Resolve(options.Instances, out var problems);
        if (!TryLoad(options.Tls, out var identity, out var problem))
            problems = problems.Add(problem);
        if (!problems.IsEmpty)
            return problems;

        _collectors = [.. options.Collectors.Select(collector => collector.Endpoint)];
        var links = options.Collectors.Select(collector => new LinkConfiguration(collector, options.Proxy, identity!)).ToArray();
        await _watchers.StopAsync([.. _watchers.Running.Except(instances)]).ConfigureAwait(false);
        await _links.StopAsync([.. _links.Running.Except(links)]).ConfigureAwait(false);
        if (_tls is { } old && old.Identity != identity)
            old.Identity.Dispose();
        _tls = (options.Tls, identity!);

        // What is no longer configured is withdrawn on the streams that stand.
        _board.Configure([.. instances.Select(instance => instance.Address)]);
        foreach (var instance in instances.Except(_watchers.Running).ToArray())
            _watchers.Start(instance, new InstanceWatcher(instance, _board, _clock, time, loggers).RunAsync);
        foreach (var link in links.Except(_links.Running).ToArray())
            _links.Start(link, stop => RunLinkAsync(link, stop));
        return [];
    }

    public override void Dispose()
    {
        _tls?.Identity.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var failed = await Task.WhenAny(_watchers.Failure, _links.Failure).WaitAsync(stoppingToken).ConfigureAwait(false);
            await failed.ConfigureAwait(false);
        }
        finally
        {
            _collectors = [];
            // The goodbyes first: what the watchers see of their own end is no news.
            await _links.StopAsync([.. _links.Running]).ConfigureAwait(false);
            await _watchers.StopAsync([.. _watchers.Running]).ConfigureAwait(false);
        }
    }

    /// <summary>New names of files are read here; new content under the same names is the identity's own business.</summary>
    private bool TryLoad(TlsFiles files, out MutualTlsIdentity? identity, out string problem)
    {
        problem = "";
        identity = _tls?.Files == files ? _tls.Value.Identity : null;
        if (identity is not null)
            return true;
        if (MutualTlsIdentity.TryLoad(files, time, loggers.CreateLogger<MutualTlsIdentity>(), out identity, out var fault))
            return true;
        problem = fault;
        return false;
    }

    private async Task RunLinkAsync(LinkConfiguration configuration, CancellationToken stop)
    {
        var endpoint = configuration.Collector.Endpoint;
        using var channel = configuration.Dial(loggers);
        var link = new CollectorLink(
            endpoint,
            new MetadataChannel.MetadataChannelClient(channel),
            _board,
            configuration.Pace,
            isLeaving: () => !_collectors.Contains(endpoint),
            _clock,
            time,
            loggers.CreateLogger<CollectorLink>());
        await link.RunAsync(stop).ConfigureAwait(false);
    }
}
