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
        var command = new Command(
            "create",
            """
            Create the state of a service that is new to this Signer, or whose state is lost for good. A state that is there
            is never overwritten. A running Signer takes it up with the next request.
            What a lost state costs: revision counters follow the clock and so rise by themselves, but descriptors of
            instances that are older than the newest seen would be believed again until their period ends.
            """)
        {
            config, service,
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

            parsed.InvocationConfiguration.Output.WriteLine($"Created {Make(configuration.StateDirectory, address)}");
            return ExitCode.Fine;
        });
        return command;
    }

    private static string Make(string folder, OnionAddress service)
    {
        var file = StateFolder.FileOf(folder, service);
        try
        {
            return StateFolder.TryCreate(folder, service)
                ? file
                : throw new DaemonException($"{file} is there already and is not overwritten: move it away first if it is beyond repair");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{file} cannot be created: {exception.Message}", exception);
        }
    }
}
