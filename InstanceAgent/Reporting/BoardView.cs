using System.Collections.Immutable;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>All reports as of one moment, and word of the next.</summary>
internal sealed class BoardView(ImmutableDictionary<OnionAddress, InstanceReport> reports)
{
    private readonly TaskCompletionSource _superseded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static BoardView Empty => new(ImmutableDictionary<OnionAddress, InstanceReport>.Empty);

    public ImmutableDictionary<OnionAddress, InstanceReport> Reports { get; } = reports;

    /// <summary>Those that the agent speaks for, whether there is anything to say of them or not.</summary>
    public ImmutableHashSet<OnionAddress> Instances { get; } =
        [.. reports.Where(r => r.Value is not InstanceReport.Lost { Reason: LossReason.Withdrawn }).Select(r => r.Key)];

    /// <summary>Completes when there is a newer view.</summary>
    public Task Superseded => _superseded.Task;

    public void Supersede() => _superseded.TrySetResult();
}
