using System.CommandLine;
using System.Globalization;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>"delegation list": what is on disk, whether the collector runs or not.</summary>
internal static class DelegationListCommand
{
    internal static Command Create(string defaultConfigurationPath)
    {
        var config = DaemonCommand.ConfigOption(defaultConfigurationPath);
        var network = DelegationCommand.NetworkOption();
        var command = new Command("list", "List which periods of which service can be published by delegation, and until when both descriptors can. Exit code 1 when that cannot be read.")
        {
            config, network,
        };
        command.SetAction(parsed =>
        {
            if (DelegationCommand.Read(parsed, config) is not { } configuration)
                return ExitCode.Usage;
            var timing = DelegationCommand.TimingOf(configuration, parsed.GetValue(network));
            foreach (var service in configuration.Services)
                List(parsed.InvocationConfiguration.Output, new DelegationFolder(configuration.StateDirectory, service.Address), service, timing);
            return ExitCode.Fine;
        });
        return command;
    }

    private static void List(TextWriter writer, DelegationFolder folder, ServiceConfiguration service, NetworkTiming? timing)
    {
        writer.WriteLine(service.Address.ToFullString());
        try
        {
            Tell(writer, folder, service, timing, TimeProvider.System.GetUtcNow());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{folder.Path} cannot be read: run this as the collector's user: {exception.Message}", exception);
        }
    }

    internal static void Tell(TextWriter writer, DelegationFolder folder, ServiceConfiguration service, NetworkTiming? timing, DateTimeOffset now)
    {
        var held = HeldDelegations.Of(folder.Keys(), BundlesIn(folder, writer));
        if (held.IsNothing)
        {
            writer.WriteLine("  nothing is held and nothing was asked for");
            return;
        }

        if (!held.Granted.IsEmpty)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  granted: {held.Granted.Count} periods, {held.Granted.Keys.Min(period => period.Number)} to {held.Granted.Keys.Max(period => period.Number)}, which end at {held.End:u}"));
        if (!held.Awaiting.IsEmpty)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  asked for, not granted: {held.Awaiting.Length} keys, periods {held.Awaiting[0].Number} to {held.Awaiting[^1].Number}"));
        writer.WriteLine(
            timing is null ? "  until when is not known: the collector has seen no consensus yet (--network tells it)"
            : held.UntilIn(timing, now) is { } until ? $"  both descriptors can be published until {until:u}"
            : "  both descriptors cannot be published now");
        if (DelegationCommand.NoteOf(service) is { } note)
            writer.WriteLine($"  {note}");
    }

    private static List<DelegationBundle> BundlesIn(DelegationFolder folder, TextWriter writer)
    {
        var bundles = new List<DelegationBundle>();
        foreach (var (path, bundle, fault) in folder.ReadBundles())
        {
            if (bundle is not null)
                bundles.Add(bundle);
            else
                writer.WriteLine($"  {path} is not used: it {fault.Explain()}");
        }

        return bundles;
    }
}
