using System.Globalization;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.PrivateTorNetwork.Deployment;

/// <summary>Writes the daemons' YAML files. Pure.</summary>
internal static class DaemonConfigs
{
    internal static string Signer(SplitPki pki, string name, IEnumerable<DeployedCollector> collectors, string stateDirectory, TimeSpan votingInterval, string master, string keyFile, IEnumerable<string> instances) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            collectors:
            {Collectors(collectors)}
            tls:
              certificate: {pki.Certificate(name)}
              key: {pki.Key(name)}
              ca: {pki.CaCertificate}
            state_directory: {stateDirectory}
            network:
              voting_interval: {votingInterval.TotalSeconds:0}s
              time_period: {votingInterval.TotalSeconds * 24:0}s
            services:
              - address: {master}
                key:
                  file: {keyFile}
                instances:
            {List("      ", instances)}

            """);

    /// <summary>Of a Signer without a network, whose policy lets it delegate.</summary>
    internal static string AirGappedSigner(string stateDirectory, TimeSpan votingInterval, string master, string keyFile) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            state_directory: {{stateDirectory}}
            network:
              voting_interval: {{votingInterval.TotalSeconds:0}}s
              time_period: {{votingInterval.TotalSeconds * 24:0}}s
            services:
              - address: {{master}}
                key:
                  file: {{keyFile}}
                policy:
                  delegations: {enabled: true, longest_validity: 1d}

            """);

    internal static string Collector(
        SplitPki pki, string name, ControlEndpoint tor, string listen, string operatorSocket, string stateDirectory, TimeSpan? grace, bool airGapped, string master, IEnumerable<(string Address, string Agent)> instances) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            tor:
              control: {tor}
            listen:
              - {listen}
            operator_socket: {operatorSocket}
            state_directory: {stateDirectory}
            tls:
              certificate: {pki.Certificate(name)}
              key: {pki.Key(name)}
              ca: {pki.CaCertificate}
            {(grace is { } time ? string.Create(CultureInfo.InvariantCulture, $"grace: {time.TotalMilliseconds:0}ms") : "")}
            services:
              - address: {master}
                {(airGapped ? "signing: [delegation]" : "")}
                instances:
            {string.Join('\n', instances.Select(instance => $"      - address: {instance.Address}\n        agent: {instance.Agent}"))}

            """);

    internal static string Agent(SplitPki pki, string name, IEnumerable<DeployedCollector> collectors, ControlEndpoint tor, string address) =>
        $"""
        collectors:
        {Collectors(collectors)}
        tls:
          certificate: {pki.Certificate(name)}
          key: {pki.Key(name)}
          ca: {pki.CaCertificate}
        instances:
          - address: {address}
            tor:
              control: {tor}

        """;

    private static string Collectors(IEnumerable<DeployedCollector> collectors) =>
        string.Join('\n', collectors.Select(collector => $"  - endpoint: {collector.Listen}\n    name: {collector.Daemon.Name}"));

    private static string List(string indent, IEnumerable<string> items) => string.Join('\n', items.Select(item => $"{indent}- {item}"));
}
