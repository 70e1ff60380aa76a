using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.State;

/// <summary>The verbs under "state".</summary>
internal static class StateCommand
{
    public static Command Create(string defaultConfigurationPath)
    {
        var command = new Command("state", "What the Signer remembers of its services between runs.");
        command.Subcommands.Add(CreateState(defaultConfigurationPath));
        return command;
    }

    private static Command CreateState(string defaultConfigurationPath)
    {
        var config = DaemonCommand.ConfigOption(defaultConfigurationPath);
        var service = new Option<string>("--service", "-s") { Description = "The master service's address.", HelpName = "ADDRESS", Required = true };
        var accept = new Option<bool>("--accept-lost-state") { Description = "The service has signed here before, its state is lost for good, and you know it." };
        var command = new Command(
            "create",
            """
            Create the state of a service that is new to this Signer or, with --accept-lost-state, of one whose state is lost
            for good: missing, damaged, or older than the audit log knows of. A state that is sound is never replaced, and
            one that is not is kept beside the new one, as .lost-TIME. A running Signer takes it up with the next request,
            and its audit log tells of it.
            What a lost state costs: revision counters follow the clock and so rise by themselves, but descriptors of
            instances that are older than the newest seen would be believed again until their period ends.
            """)
        {
            config, service, accept,
        };
        command.SetAction(parsed =>
        {
            if (!DaemonCommand.TryReadConfiguration<SignerConfiguration>(
                SignerConfigurationBinder.TryBind, parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Error, out var configuration))
            {
                return ExitCode.Usage;
            }

            if (!OnionAddress.TryParse(parsed.GetRequiredValue(service), out var address)
                || configuration.Services.All(known => known.Address != address))
            {
                throw new DaemonException("--service is not the address of a service in the configuration");
            }

            parsed.InvocationConfiguration.Output.WriteLine($"Created {StateBeginning.Make(configuration.StateDirectory, address, parsed.GetValue(accept), TimeProvider.System.GetUtcNow())}");
            return ExitCode.Fine;
        });
        return command;
    }
}
