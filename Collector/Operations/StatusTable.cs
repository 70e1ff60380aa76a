using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using Spectre.Console;

namespace OnionBalance.Split.Collector.Operations;

/// <summary>The operator's view as tables for people.</summary>
internal sealed class StatusTable(IAnsiConsole console, DateTimeOffset now)
{
    internal void Write(StatusReply status)
    {
        console.MarkupLineInterpolated($"[bold]{status.Software}[/], started {Age(status.Started)}");
        WriteTor(status.Tor);
        if (status.Signers.Count == 0)
            console.MarkupLine(status.Services.All(service => service.Signing.FirstOrDefault() == SigningWay.Delegation) ? "Signer  none is attached" : "Signer  [red]none is attached[/]");
        foreach (var signer in status.Signers)
            console.MarkupLineInterpolated($"Signer  {signer.Name}, attached {Age(signer.Attached)}, offers {Counted.Of(signer.ServiceAddresses.Count, "service")} {signer.LastProblem}");
        foreach (var agent in status.Agents)
            console.MarkupLineInterpolated($"Agent   {agent.Name}, connected {Age(agent.Connected)}, speaks for {Counted.Of(agent.InstanceAddresses.Count, "instance")}");
        foreach (var service in status.Services)
            WriteService(service, status.Tor.ConsensusValidAfter is not null);
    }

    private void WriteTor(TorStatus tor)
    {
        if (tor.Connected)
            console.MarkupLineInterpolated($"Tor     {tor.Version}, consensus of {Age(tor.ConsensusValidAfter)}, {tor.Hsdirs} HSDirs");
        if (tor.Problem.Length > 0)
            console.MarkupLineInterpolated($"Tor     [red]{tor.Problem}[/]");
    }

    private void WriteService(ServiceStatus service, bool isNetworkKnown)
    {
        console.WriteLine();
        console.MarkupInterpolated($"[bold]{service.Address}[/]  ");
        console.MarkupLine(Coloured(service.State));
        if (service.Problem.Length > 0)
            console.MarkupLineInterpolated($"[yellow]{service.Problem}[/]");
        console.Write(Instances(service));
        foreach (var instance in service.Instances.Where(instance => instance.Problem.Length > 0))
            console.MarkupLineInterpolated($"[yellow]{Short(instance.Address)}: {instance.Problem}[/]");
        console.Write(Descriptors(service));
        WriteDelegation(service, isNetworkKnown);
    }

    private void WriteDelegation(ServiceStatus service, bool isNetworkKnown)
    {
        if (service.Delegation is not { } delegation)
            return;
        var both = delegation.Until is { } until ? $"can be published until {Utc(until)} ({Age(until)})" : isNetworkKnown ? "cannot be published now" : "can be published until a time that is not known before tor has a consensus";
        var end = delegation.End is { } at ? $", which end at {Utc(at)}" : "";
        console.MarkupLineInterpolated(
            $"Signing by {string.Join(", then ", service.Signing.Select(Lower))}. Delegations: {Counted.Of((int)delegation.Periods, "period")} held{end}; {delegation.Awaiting} asked for. By them both descriptors {both}");
        if (delegation.Warning.Length > 0)
            console.MarkupLineInterpolated($"[yellow]{delegation.Warning}[/]");
    }

    private Table Instances(ServiceStatus service)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("Instance", "Agent", "State", "Last report", "Points");
        foreach (var instance in service.Instances)
        {
            table.AddRow(
                Markup.Escape(Short(instance.Address)),
                Markup.Escape(instance.Agent),
                instance.State == InstanceState.Present ? "[green]present[/]" : $"[yellow]{Lower(instance.State)}[/]",
                Age(instance.LastReport),
                instance.IntroductionPoints.ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }

    private Table Descriptors(ServiceStatus service)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("Descriptor", "Period", "Revision", "Points", "Signed", "By", "Next", "HSDirs");
        foreach (var descriptor in service.Descriptors)
        {
            var accepted = descriptor.Uploads.Count(upload => upload.Outcome == UploadOutcome.Accepted);
            var others = descriptor.Uploads
                .Where(upload => upload.Outcome != UploadOutcome.Accepted)
                .Select(upload => $"\n{upload.Nickname}: {Lower(upload.Outcome)} {upload.Reason} (attempt {upload.Attempts})");
            table.AddRow(
                Lower(descriptor.Role),
                descriptor.PeriodNumber.ToString(CultureInfo.InvariantCulture),
                descriptor.RevisionCounter.ToString(CultureInfo.InvariantCulture),
                descriptor.IntroductionPoints.ToString(CultureInfo.InvariantCulture),
                Age(descriptor.Signed),
                Markup.Escape(descriptor.SignedBy switch
                {
                    SigningWay.Signer => $"signer {descriptor.Signer}",
                    SigningWay.Delegation => "delegation",
                    _ => "-",
                }),
                Age(descriptor.NextPublication),
                Markup.Escape($"{accepted} of {descriptor.Uploads.Count} have it{string.Concat(others)}"));
        }

        return table;
    }

    private static string Coloured(ServiceState state) => state switch
    {
        ServiceState.Running => "[green]RUNNING[/]",
        ServiceState.Starting => "STARTING",
        ServiceState.Degraded => "[yellow]DEGRADED[/]",
        _ => "[red]BROKEN[/]",
    };

    /// <summary>Enough to tell instances apart on a line of a terminal.</summary>
    private static string Short(string address) => address.Length > 24 ? $"{address[..10]}...{address[^12..]}" : address;

    private static string Lower<T>(T value)
        where T : struct, System.Enum => value.ToString().ToLowerInvariant();

    private static string Utc(Timestamp at) => at.ToDateTimeOffset().ToString("u", CultureInfo.InvariantCulture);

    private string Age(Timestamp? at)
    {
        if (at is null)
            return "-";
        var age = now - at.ToDateTimeOffset();
        var span = age.Duration();
        var text = span.TotalSeconds < 120 ? $"{span.TotalSeconds:0} s" : span.TotalMinutes < 120 ? $"{span.TotalMinutes:0} min" : $"{span.TotalHours:0} h";
        return age < TimeSpan.Zero ? $"in {text}" : $"{text} ago";
    }
}
