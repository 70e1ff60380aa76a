using System.Collections.Immutable;

namespace OnionBalance.Split.Hosting;

/// <summary>Registered in a host's services by a daemon that takes up a new configuration on SIGHUP.</summary>
public interface IConfigurationReload<in TOptions>
{
    /// <summary>
    /// Takes up a configuration that was read without a fault, whole or not at all. Each returned line says what cannot be
    /// taken up, and then nothing was; none means that all is in force. Never called twice at a time.
    /// </summary>
    ValueTask<ImmutableArray<string>> ApplyAsync(TOptions options, CancellationToken cancellation);
}
