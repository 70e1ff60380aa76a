using System.CommandLine;
using System.Globalization;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;
using OnionBalance.Split.Tor.Protocol.Delegation;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>"delegation import": takes a Signer's answer in, once it is verified to be one to a request made here.</summary>
internal static class DelegationImportCommand
{
    internal static Command Create(string defaultConfigurationPath)
    {
        var config = DaemonCommand.ConfigOption(defaultConfigurationPath);
        var network = DelegationCommand.NetworkOption();
        var files = new Argument<string[]>("BUNDLE")
        {
            Description = "A bundle, or all files with the parts of one, such as the texts of its QR codes; '-' is standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "import",
            """
            Take in a bundle that a Signer granted. It is verified first: signed by the service's permanent key, for a service of
            this configuration, over keys that were made here, not over. A running collector takes it up within seconds. Bundles
            from before stay until they are over; a period that several cover goes by the first one imported.
            """)
        {
            config, network, files,
        };
        command.SetAction(parsed =>
        {
            if (DelegationCommand.Read(parsed, config) is not { } configuration)
                return ExitCode.Usage;
            var given = InputFiles.Read(parsed.GetRequiredValue(files), DelegationInput.MostBytes);
            if (!DelegationInput.TryGather(given, out var text, out var problems))
                throw new DaemonException(string.Join(Environment.NewLine, problems));
            Import(parsed.InvocationConfiguration.Output, configuration, parsed.GetValue(network), string.Join(' ', given.Select(file => file.Name)), text);
            return ExitCode.Fine;
        });
        return command;
    }

    private static void Import(TextWriter writer, CollectorConfiguration configuration, string? network, string name, byte[] text)
    {
        var now = TimeProvider.System.GetUtcNow();
        var timing = DelegationCommand.TimingOf(configuration, network);
        if (!DelegationBundle.TryParse(text, out var bundle, out var fault))
            throw new DaemonException($"{name}: {fault.Explain()}");
        if (configuration.Services.FirstOrDefault(known => known.Address == bundle.Service) is not { } service)
            throw new DaemonException($"{name}: {DelegationFault.WrongService.Explain()}: {bundle.Service.ToFullString()} is not in the configuration");
        var folder = new DelegationFolder(configuration.StateDirectory, service.Address);
        using var held = DelegationLock.Take(configuration.StateDirectory, folder);
        fault = BundleCheck.FaultOf(bundle, service.Address, folder.Keys(), timing, now);
        if (fault != DelegationFault.None)
            throw new DaemonException($"{name}: {fault.Explain()}");
        try
        {
            if (folder.Bundles().Any(path => File.ReadAllBytes(path).AsSpan().SequenceEqual(text)))
            {
                writer.WriteLine("This bundle was imported before; nothing is changed.");
                if (DelegationCommand.NoteOf(service) is { } note)
                    writer.WriteLine(note);
                return;
            }

            folder.AddBundle(text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"the bundle cannot be kept in {folder.Path}: {exception.Message}", exception);
        }

        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Imported for {service.Address.ToFullString()}: {bundle.Periods.Length} periods, {bundle.Periods[0].Period.Number} to {bundle.Periods[^1].Period.Number}, which end at {bundle.End:u}."));
        DelegationListCommand.Tell(writer, folder, service, timing, now);
    }
}
