using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Configuration;

/// <summary>Binds agent.yaml.</summary>
internal static class AgentConfigurationBinder
{
    /// <summary>As many as a Hello may name.</summary>
    private const int MaxInstances = 64;

    private const int MaxCollectors = 16;

    public static bool TryBind(ConfigurationSection root, [MaybeNullWhen(false)] out AgentConfiguration configuration)
    {
        configuration = new AgentConfiguration(
            [.. root.Sections("collectors", atMost: MaxCollectors).Select(BindCollector)],
            root.OptionalValue<Socks5Proxy>("proxy", Socks5Proxy.TryParse, Socks5Proxy.Expected),
            TlsFiles.Read(root.Section("tls"), PeerRole.Agent),
            [.. root.Sections("instances", atMost: MaxInstances).Select(BindInstance).OfType<InstanceEntry>()]);
        if (configuration.Proxy is null && configuration.Collectors.Any(IsOnion))
            root.Problem("proxy", "is needed: a collector is an onion service");
        RefuseRepetitions(root, configuration);
        return true;
    }

    private static CollectorConfiguration BindCollector(ConfigurationSection section) =>
        new(section.Endpoint("endpoint"), section.OptionalValue<string>("name", TryName, "a name as in 'onionbalance-config pki issue --name'"));

    private static InstanceEntry? BindInstance(ConfigurationSection section)
    {
        var address = section.OptionalValue<OnionAddress>("address", OnionAddress.TryParse, OnionAddress.Expected);
        var directory = section.OptionalFilePath("hidden_service_directory");
        if (section.Has("address") == section.Has("hidden_service_directory"))
            section.Problem("address", "give either address or hidden_service_directory");
        var tor = section.Section("tor");
        var known = tor.TryValue<ControlEndpoint>("control", ControlEndpoint.TryParse, "127.0.0.1:9051, [::1]:9051 or unix:/run/tor/control", out var control);
        var passwordFile = tor.OptionalFilePath("password_file");
        return known ? new InstanceEntry(address, directory, new TorConfiguration(control!, passwordFile)) : null;
    }

    private static void RefuseRepetitions(ConfigurationSection root, AgentConfiguration configuration)
    {
        if (HasRepetition(configuration.Collectors.Select(c => c.Endpoint)))
            root.Problem("collectors", "names one endpoint twice");
        if (HasRepetition(configuration.Instances.Select(i => i.Address).OfType<OnionAddress>())
            || HasRepetition(configuration.Instances.Select(i => i.Directory).OfType<string>()))
            root.Problem("instances", "names one instance twice");
    }

    private static bool HasRepetition<T>(IEnumerable<T> values) => values.GroupBy(value => value).Any(group => group.Count() > 1);

    private static bool IsOnion(CollectorConfiguration collector) =>
        EndpointAddress.TryParse(collector.Endpoint, out var address) && address.Host.EndsWith(".onion", StringComparison.OrdinalIgnoreCase);

    private static bool TryName(string text, [MaybeNullWhen(false)] out string name)
    {
        name = text;
        return PeerIdentity.IsName(text);
    }
}
