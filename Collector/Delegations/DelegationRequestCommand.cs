using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Qr;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>"delegation request": makes the keys and the file that asks for their certificates.</summary>
internal static class DelegationRequestCommand
{
    internal static Command Create(string defaultConfigurationPath)
    {
        var config = DaemonCommand.ConfigOption(defaultConfigurationPath);
        var service = new Option<string>("--service", "-s") { Description = "The master service's address.", HelpName = "ADDRESS", Required = true };
        var days = new Option<int?>("--days") { Description = "For how many days from now on both descriptors are to be covered.", HelpName = "N" };
        var periods = new Option<int?>("--periods") { Description = "Instead: how many time periods, the current ones among them, for test networks whose periods are minutes.", HelpName = "N" };
        var network = DelegationCommand.NetworkOption();
        var output = new Option<string>("--output", "-o") { Description = "The file to write; never one that is there.", HelpName = "FILE", Required = true };
        var codes = new QrOutput();
        var command = new Command(
            "request",
            """
            Make a descriptor signing key for each coming time period and write the request that asks a Signer to certify
            them. The secrets stay in the state directory, folder 'delegations'; the request holds none. Run this as the
            collector's user, while it runs or not.
            """)
        {
            config, service, days, periods, network, output,
        };
        codes.AddTo(command);
        command.SetAction(parsed =>
        {
            if (DelegationCommand.Read(parsed, config) is not { } configuration)
                return ExitCode.Usage;
            var asked = DelegationCommand.ServiceOf(configuration, parsed.GetRequiredValue(service));
            var timing = DelegationCommand.TimingOf(configuration, parsed.GetValue(network))
                ?? throw new DaemonException("the network's time periods are not known yet: run the collector beside its tor once, or give --network public");
            var now = TimeProvider.System.GetUtcNow();
            var span = PlanOf(parsed.GetValue(days), parsed.GetValue(periods), timing, now);
            var file = Path.GetFullPath(parsed.GetRequiredValue(output));
            if (File.Exists(file))
                throw new DaemonException($"{file} is there already and is not overwritten: choose another name");
            codes.Check(parsed);
            var folder = new DelegationFolder(configuration.StateDirectory, asked.Address);
            var request = DelegationRequestMaker.Make(configuration.StateDirectory, folder, asked.Address, span, file);
            var text = request.ToText();
            Tell(parsed.InvocationConfiguration.Output, request, timing, now, folder.Path);
            codes.Give(parsed, [.. DelegationParts.Split(text).Select(part => part.ToString())]);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"""
                Wrote {file}. Its SHA3-256, to compare with what the Signer shows before it grants anything:
                  {DelegationFingerprint.Of(text)}
                """);
            if (DelegationCommand.NoteOf(asked) is { } note)
                parsed.InvocationConfiguration.Output.WriteLine(note);
            return ExitCode.Fine;
        });
        return command;
    }

    private static ImmutableArray<Tor.Protocol.TimePeriod> PlanOf(int? days, int? periods, NetworkTiming timing, DateTimeOffset now)
    {
        var plan = (days, periods) switch
        {
            ({ } count and > 0, null) => DelegationPlan.ForDays(timing, now, count),
            (null, { } count and > 1) => DelegationPlan.OfPeriods(timing, now, count),
            _ => throw new DaemonException("give either --days, 1 or more, or --periods, 2 or more: two descriptors are published at any time"),
        };
        return plan.Length <= DelegationRequest.MostPeriods
            ? plan
            : throw new DaemonException(string.Create(
                CultureInfo.InvariantCulture, $"a request has {DelegationRequest.MostPeriods} periods at most; in a network of {NetworkTimingFile.Format(timing)} these would be more: ask for less"));
    }

    private static void Tell(TextWriter writer, DelegationRequest request, NetworkTiming timing, DateTimeOffset now, string folder)
    {
        var (first, last) = (request.Periods[0].Period, request.Periods[^1].Period);
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Asks for {request.Service.ToFullString()}: {request.Periods.Length} periods of {first.LengthMinutes} minutes, {first.Number} to {last.Number}, which end at {request.EndIn(timing):u}, a key for each.
            Once granted, both descriptors can be published from now, {now:u}, until {timing.PublicationOf(last.Next).From:u}.
            The secret keys are in {folder}.
            """));
    }
}
