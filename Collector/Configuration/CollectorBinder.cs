using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using ConfigurationSection = OnionBalance.Split.Hosting.Configuration.ConfigurationSection;

namespace OnionBalance.Split.Collector.Configuration;

/// <summary>Reads collector.yaml. Every option is shown in deploy/examples/collector.yaml.</summary>
internal static class CollectorBinder
{
    private const int MostServices = 1000;

    /// <summary>The Signer takes at most so much evidence in one request.</summary>
    private const int MostInstances = 120;

    private static readonly TimeSpan LongestGrace = TimeSpan.FromHours(1);

    internal static bool TryBind(ConfigurationSection root, [NotNullWhen(true)] out CollectorConfiguration? configuration)
    {
        var tor = BindTor(root.Section("tor"));
        var listen = root.Values<ListenEndpoint>("listen", ListenEndpoint.TryParse, ListenEndpoint.Expected, atMost: 16);
        var operatorSocket = root.FilePath("operator_socket");
        if (operatorSocket.Length > 0 && !ListenEndpoint.IsSocketPath(operatorSocket))
            root.Problem("operator_socket", "is too long for a unix socket: at most 107 bytes");
        if (listen.Any(endpoint => endpoint.UnixPath == operatorSocket))
            root.Problem("operator_socket", "is in 'listen' too: agents and signers need a socket of their own");
        var stateDirectory = root.FilePath("state_directory");
        var tls = TlsFiles.Read(root.Section("tls"), PeerRole.Collector);
        var grace = root.Duration("grace", TimeSpan.Zero, LongestGrace, CollectorConfiguration.DefaultGrace);
        var services = BindServices(root.Sections("services", atMost: MostServices));
        configuration = tor is null ? null : new CollectorConfiguration(tor, listen, operatorSocket, stateDirectory, tls, grace, services);
        return configuration is not null;
    }

    private static TorConfiguration? BindTor(ConfigurationSection section)
    {
        var passwordFile = section.OptionalFilePath("password_file");
        return section.TryValue<ControlEndpoint>(
            "control", ControlEndpoint.TryParse, "the control port's address:port, or unix:/absolute/path", out var control)
            ? new TorConfiguration(control, passwordFile)
            : null;
    }

    private static ImmutableArray<ServiceConfiguration> BindServices(ImmutableArray<ConfigurationSection> sections)
    {
        var services = ImmutableArray.CreateBuilder<ServiceConfiguration>();
        var agents = new Dictionary<OnionAddress, string>();
        foreach (var section in sections)
        {
            var instances = BindInstances(section.Sections("instances", atMost: MostInstances), agents);
            var signing = BindSigning(section);
            if (!TryAddress(section, out var address))
                continue;
            if (services.Any(service => service.Address == address))
                section.Problem("address", "is the address of another service already");
            services.Add(new ServiceConfiguration(address, instances) { Signing = signing });
        }

        foreach (var (section, service) in sections.Zip(services))
        {
            if (service.Instances.Any(instance => services.Any(other => other.Address == instance.Address)))
                section.Problem("instances", "names an address that is a service of its own: an instance has an address that no client ever sees");
        }

        return services.ToImmutable();
    }

    private static ImmutableArray<SigningWay> BindSigning(ConfigurationSection section)
    {
        var isGiven = section.Has("signing");
        var ways = section.Values<SigningWay>("signing", TryWay, "signer or delegation", atLeast: isGiven ? 1 : 0, atMost: 2);
        return isGiven ? ways : [SigningWay.Signer];
    }

    private static ImmutableArray<EnrolledInstance> BindInstances(
        ImmutableArray<ConfigurationSection> sections, Dictionary<OnionAddress, string> agents)
    {
        var instances = ImmutableArray.CreateBuilder<EnrolledInstance>();
        foreach (var section in sections)
        {
            var hasAddress = TryAddress(section, out var address);
            var hasAgent = section.TryValue<string>(
                "agent", TryName, "the NAME in the agent's certificate, onionbalance-split://agent/NAME: lower case letters, digits, '.' and '-'", out var agent);
            if (!hasAddress || !hasAgent)
                continue;
            if (instances.Any(other => other.Address == address))
                section.Problem("address", "is in this service's list already");
            else if (!agents.TryAdd(address!, agent!) && agents[address!] != agent)
                section.Problem("agent", "is another than the same instance has in another service");
            instances.Add(new EnrolledInstance(address!, agent!));
        }

        return instances.ToImmutable();
    }

    private static bool TryAddress(ConfigurationSection section, [NotNullWhen(true)] out OnionAddress? address) =>
        section.TryValue<OnionAddress>(
            "address", OnionAddress.TryParse, OnionAddress.Expected, out address);

    private static bool TryWay(string text, out SigningWay way)
    {
        way = text switch
        {
            "signer" => SigningWay.Signer,
            "delegation" => SigningWay.Delegation,
            _ => SigningWay.Unspecified,
        };
        return way != SigningWay.Unspecified;
    }

    private static bool TryName(string text, out string name)
    {
        name = text;
        return PeerIdentity.IsName(text);
    }
}
