using System.Reflection;

namespace OnionBalance.Split.Collector;

/// <summary>What this program calls itself.</summary>
internal static class Software
{
    internal static string Version { get; } =
        typeof(Software).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    internal static string Name { get; } = $"onionbalance-collector {Version}";
}
