using System.Collections.Immutable;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Collector.Configuration;

/// <summary>
/// Takes up what can be taken up without a restart: services, instances, the grace period. What is bound at start (sockets,
/// tor, state, certificate paths) cannot change under way; the files behind the paths can.
/// </summary>
internal sealed class ConfigurationReload(CurrentConfiguration current) : IConfigurationReload<CollectorConfiguration>
{
    public ValueTask<ImmutableArray<string>> ApplyAsync(CollectorConfiguration options, CancellationToken cancellation)
    {
        var fixedKeys = FixedKeysThatDiffer(current.Value, options).ToImmutableArray();
        if (fixedKeys.IsEmpty)
            current.Replace(options);
        return ValueTask.FromResult<ImmutableArray<string>>(
            [.. fixedKeys.Select(key => $"'{key}' has changed: it is read at start only, so restart the collector, or put it back and reload again")]);
    }

    private static IEnumerable<string> FixedKeysThatDiffer(CollectorConfiguration now, CollectorConfiguration wanted)
    {
        if (!now.Listen.SequenceEqual(wanted.Listen))
            yield return "listen";
        if (now.OperatorSocket != wanted.OperatorSocket)
            yield return "operator_socket";
        if (now.StateDirectory != wanted.StateDirectory)
            yield return "state_directory";
        if (now.Tor != wanted.Tor)
            yield return "tor";
        if (now.Tls != wanted.Tls)
            yield return "tls";
    }
}
