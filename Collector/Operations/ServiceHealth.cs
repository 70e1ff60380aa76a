using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Operations;

/// <summary>How a service is, and the most pressing thing that is wrong with it. Pure.</summary>
internal static class ServiceHealth
{
    /// <summary>descriptor-lifetime: HSDirs forget a descriptor three hours after they got it.</summary>
    private static readonly TimeSpan DescriptorLifetime = TimeSpan.FromMinutes(180);

    internal static (ServiceState State, string Problem) Of(
        ServiceConfiguration service,
        ImmutableDictionary<OnionAddress, InstanceRecord> instances,
        TorState tor,
        string signingProblem,
        ImmutableDictionary<TimePeriod, Publication> publications,
        string publishingProblem,
        DateTimeOffset now)
    {
        var records = service.Instances.Select(instance => instances.GetValueOrDefault(instance.Address)).OfType<InstanceRecord>().ToArray();
        var usable = records.Count(record => !record.Reports.IsEmpty);
        var standing = publications.Values.Where(publication => StillStands(publication, now)).ToArray();
        if (publications.IsEmpty)
            return (usable == 0 || publishingProblem is not "" ? ServiceState.Broken : ServiceState.Starting, FirstOf(publishingProblem, NoInstance(usable), tor.Problem));
        if (usable == 0)
            return (ServiceState.Broken, NoInstance(usable));
        if (standing.Length == 0)
            return (ServiceState.Broken, FirstOf(publishingProblem, tor.Problem, "no descriptor that is still valid is published"));
        var problem = FirstOf(publishingProblem, tor.Problem, signingProblem, Contested(records), Missing(records), Unpublished(tor, standing), Failing(standing));
        return (problem is "" ? ServiceState.Running : ServiceState.Degraded, problem);
    }

    private static bool StillStands(Publication publication, DateTimeOffset now) =>
        publication.Uploads.Any(upload => upload.Outcome == UploadOutcome.Accepted && upload.At + DescriptorLifetime > now);

    private static string NoInstance(int usable) => usable == 0 ? "no instance is left: look at the backends and their agents" : "";

    private static string Contested(InstanceRecord[] records) =>
        records.FirstOrDefault(record => record.Rival is not null) is { } record
            ? $"instance {record.Address} names an introduction point that instance {record.Rival} showed first: one of the two lies"
            : "";

    private static string Missing(InstanceRecord[] records)
    {
        var missing = records.Count(record => record.State is not InstanceState.Present);
        return missing == 0 ? "" : $"{missing} of {records.Length} instances are not present";
    }

    private static string Unpublished(TorState tor, Publication[] standing) =>
        tor.View is { } view && view.Descriptors.Any(descriptor => !standing.Any(publication => publication.Period == descriptor.Period))
            ? "one of the two descriptors is not published"
            : "";

    private static string Failing(Publication[] standing)
    {
        var uploads = standing.SelectMany(publication => publication.Uploads).ToArray();
        var failing = uploads.Count(upload => upload.Outcome is not UploadOutcome.Accepted and not UploadOutcome.Pending);
        return failing == 0 ? "" : $"{failing} of {uploads.Length} uploads have failed so far and are tried again";
    }

    private static string FirstOf(params ReadOnlySpan<string> problems)
    {
        foreach (var problem in problems)
        {
            if (problem is not "")
                return problem;
        }

        return "";
    }
}
