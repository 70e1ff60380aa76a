using System.Collections.Immutable;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>What every Collector should know of one instance now. Never a history: the latest replaces all before.</summary>
internal abstract record InstanceReport
{
    private InstanceReport()
    {
    }

    /// <summary>Just started: nothing is known, and nothing is said.</summary>
    internal sealed record Unknown : InstanceReport;

    /// <summary>Reachable through any of these, in the order of their periods; at least one.</summary>
    internal sealed record Present(ImmutableArray<ObservedDescriptor> Descriptors) : InstanceReport;

    /// <summary>Not reachable: to be left out at once.</summary>
    internal sealed record Lost(LossReason Reason) : InstanceReport;
}
