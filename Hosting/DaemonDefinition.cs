using System.Collections.Immutable;
using System.CommandLine;
using Microsoft.Extensions.Hosting;
using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Hosting;

/// <summary>What <see cref="DaemonCommand"/> has to know of a daemon.</summary>
public sealed record DaemonDefinition<TOptions>
    where TOptions : class
{
    /// <summary>"collector": its configuration is /etc/onionbalance-split/collector.yaml unless --config says otherwise.</summary>
    public required string Name { get; init; }

    /// <summary>For --help: what the program is, where it stands among the tiers, and an example.</summary>
    public required string Description { get; init; }

    public required ConfigurationBinder<TOptions> Binder { get; init; }

    /// <summary>
    /// What is wrong with the files that a configuration names, a line each, for check-config: by the code that the start
    /// reads them with. Changes nothing.
    /// </summary>
    public Func<TOptions, IEnumerable<string>> FaultsOfFiles { get; init; } = _ => [];

    /// <summary>
    /// Builds the host, from <see cref="DaemonHost.CreateBuilder"/> or a web builder with
    /// <see cref="DaemonHost.AddDaemonDefaults"/>. May throw <see cref="DaemonException"/>. A <c>BackgroundService</c> of the
    /// host that throws ends the process. <see cref="IConfigurationReload{TOptions}"/> and <see cref="IDaemonHealth"/> are
    /// looked for among the host's services.
    /// </summary>
    public required Func<TOptions, IHost> BuildHost { get; init; }

    /// <summary>Verbs of the daemon's own, beside run, check-config and version.</summary>
    public ImmutableArray<Command> Verbs { get; init; } = [];

    public string Program => $"onionbalance-{Name}";

    public string DefaultConfigurationPath => $"/etc/onionbalance-split/{Name}.yaml";
}
