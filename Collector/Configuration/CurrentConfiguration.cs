namespace OnionBalance.Split.Collector.Configuration;

/// <summary>The configuration in force: replaced as a whole when the file was read again.</summary>
internal sealed class CurrentConfiguration(CollectorConfiguration initial)
{
    private volatile CollectorConfiguration _value = initial;

    internal event Action<CollectorConfiguration>? Changed;

    internal CollectorConfiguration Value => _value;

    internal void Replace(CollectorConfiguration configuration)
    {
        _value = configuration;
        Changed?.Invoke(configuration);
    }
}
