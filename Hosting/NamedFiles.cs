namespace OnionBalance.Split.Hosting;

/// <summary>For check-config: the files that a daemon's configuration names, by the code that its start looks at them with.</summary>
public static class NamedFiles
{
    /// <summary>A line for each fault; nothing is changed.</summary>
    /// <param name="tls">Null for none.</param>
    /// <param name="stateDirectory">Null for none.</param>
    public static IEnumerable<string> Faults(TlsFiles? tls, string? stateDirectory = null)
    {
        if (tls is not null && MutualTlsIdentity.FaultOf(tls, TimeProvider.System) is { } fault)
            yield return fault;
        if (stateDirectory is not null && !StateDirectory.TryCheckOwner(stateDirectory, out var foreign))
            yield return foreign;
    }
}
