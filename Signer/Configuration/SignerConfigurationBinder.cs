using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Configuration;

/// <summary>From the YAML file to <see cref="SignerConfiguration"/>. Opens nothing.</summary>
internal static class SignerConfigurationBinder
{
    private const int MostCollectors = 16;
    private const int MostServices = 64;
    private const int MostInstances = 256;

    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromDays(1);
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(24);

    public static bool TryBind(ConfigurationSection root, [MaybeNullWhen(false)] out SignerConfiguration configuration)
    {
        // Without both, it is that of a host without a network.
        var isLinked = root.Has("collectors") || root.Has("tls");
        ImmutableArray<CollectorAddress> collectors =
            [.. root.Sections("collectors", atLeast: isLinked ? 1 : 0, atMost: MostCollectors).Select(section => BindCollector(section, root.Has("proxy")))];
        ImmutableArray<string> names = [.. collectors.Select(collector => collector.Name).OfType<string>()];
        configuration = new SignerConfiguration(
            collectors,
            root.OptionalValue<Socks5Proxy>("proxy", Socks5Proxy.TryParse, Socks5Proxy.Expected),
            isLinked ? TlsFiles.Read(root.Section("tls"), PeerRole.Signer) : null,
            root.FilePath("state_directory"),
            BindNetwork(root),
            [.. root.Sections("services", atMost: MostServices).Select(section => BindService(section, names, isLinked))]);
        TellRepeated(root, configuration);
        return true;
    }

    private static CollectorAddress BindCollector(ConfigurationSection section, bool hasProxy)
    {
        var endpoint = section.Endpoint("endpoint");
        if (!hasProxy && EndpointAddress.TryParse(endpoint, out var address) && address.Host.EndsWith(".onion", StringComparison.OrdinalIgnoreCase))
            section.Problem("endpoint", "is an onion address, which needs a proxy: set proxy to the SOCKS port of a tor");
        return new CollectorAddress(endpoint, section.OptionalValue<string>("name", TryName, "a name of small letters, digits, '.' and '-'"));
    }

    private static ServiceConfiguration BindService(ConfigurationSection section, ImmutableArray<string> collectors, bool isLinked)
    {
        _ = section.TryValue<OnionAddress>("address", OnionAddress.TryParse, OnionAddress.Expected, out var address);
        return new ServiceConfiguration(address!, KeyLocationBinder.Bind(section), BindInstances(section, address, isLinked), RequestPolicyBinder.Bind(section, collectors));
    }

    /// <param name="section">A service's.</param>
    /// <param name="service">Its own address, where it is known.</param>
    /// <param name="isNeeded">Whether there must be one.</param>
    internal static ImmutableArray<OnionAddress> BindInstances(ConfigurationSection section, OnionAddress? service, bool isNeeded)
    {
        var instances = section.Values<OnionAddress>("instances", OnionAddress.TryParse, OnionAddress.Expected, atLeast: isNeeded ? 1 : 0, atMost: MostInstances);
        if (service is not null && instances.Contains(service))
            section.Problem("instances", "hold the service's own address: name the backends' addresses");
        return instances;
    }

    private static NetworkTiming BindNetwork(ConfigurationSection root)
    {
        if (!root.HasSection("network"))
        {
            root.OptionalValue<string>("network", TryPublic, "'public', or a mapping with voting_interval and time_period");
            return NetworkTiming.Public;
        }

        var section = root.Section("network");
        var interval = section.Duration("voting_interval", ShortestInterval, LongestInterval);
        var period = section.Duration("time_period", ShortestPeriod, LongestPeriod);
        if (interval.Ticks % TimeSpan.TicksPerSecond != 0)
            section.Problem("voting_interval", "must be whole seconds");
        if (period.Ticks % TimeSpan.TicksPerMinute != 0)
            section.Problem("time_period", "must be whole minutes, as tor counts");
        return NetworkTiming.TryCreate(interval, (uint)period.TotalMinutes, out var timing) ? timing : NetworkTiming.Public;
    }

    private static void TellRepeated(ConfigurationSection root, SignerConfiguration configuration)
    {
        if (configuration.Services.Select(service => service.Address).Distinct().Count() < configuration.Services.Length)
            root.Problem("services", "name an address twice");
        if (configuration.Collectors.Select(collector => collector.Endpoint).Distinct(StringComparer.Ordinal).Count() < configuration.Collectors.Length)
            root.Problem("collectors", "name an endpoint twice");
    }

    private static bool TryName(string text, out string name)
    {
        name = text;
        return PeerIdentity.IsName(text);
    }

    private static bool TryPublic(string text, out string value)
    {
        value = text;
        return text == "public";
    }
}
