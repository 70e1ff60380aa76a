using System.CommandLine;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>The verbs under "delegation".</summary>
internal static class DelegationCommand
{
    internal static Command Create(string defaultConfigurationPath)
    {
        var command = new Command("delegation", "Publishing without a Signer attached: keys held here, certified in advance by a Signer that needs no network.");
        command.Subcommands.Add(DelegationRequestCommand.Create(defaultConfigurationPath));
        command.Subcommands.Add(DelegationImportCommand.Create(defaultConfigurationPath));
        command.Subcommands.Add(DelegationListCommand.Create(defaultConfigurationPath));
        return command;
    }

    internal static Option<string?> NetworkOption() => new("--network")
    {
        Description = $"The network's timing: {NetworkTimingFile.Expected}. Left out: what the running collector last saw in its tor's consensus.",
        HelpName = "TIMING",
    };

    /// <summary>The configuration, or null when its problems were told.</summary>
    internal static CollectorConfiguration? Read(ParseResult parsed, Option<string> config) =>
        DaemonCommand.TryReadConfiguration<CollectorConfiguration>(
            CollectorBinder.TryBind, parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Error, out var configuration) ? configuration : null;

    /// <summary>What to tell of a service's delegations that are held in vain, and what to write; null where they are used.</summary>
    internal static string? NoteOf(ServiceConfiguration service) => service.Signing.Contains(SigningWay.Delegation) ? null
        : "Note: nothing is published by delegation: 'signing' of this service is [signer]. Write 'signing: [signer, delegation]' for when no Signer answers, or 'signing: [delegation]', and send the collector SIGHUP.";

    /// <exception cref="DaemonException">It is not among the configured services.</exception>
    internal static ServiceConfiguration ServiceOf(CollectorConfiguration configuration, string address) =>
        OnionAddress.TryParse(address, out var service) && configuration.Services.FirstOrDefault(known => known.Address == service) is { } found
            ? found
            : throw new DaemonException("--service is not the address of a service in the configuration");

    /// <summary>As told, or as the running collector wrote it down; null when neither is there.</summary>
    /// <exception cref="DaemonException">What was told is no timing.</exception>
    internal static NetworkTiming? TimingOf(CollectorConfiguration configuration, string? told)
    {
        if (told is not null)
            return NetworkTimingFile.TryParse(told, out var given) ? given : throw new DaemonException($"--network must be {NetworkTimingFile.Expected}");
        return new NetworkTimingFile(configuration.StateDirectory).TryRead(out var saved) ? saved : null;
    }
}
