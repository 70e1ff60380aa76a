using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>One stream of one agent, from its Hello to its end.</summary>
/// <param name="agent">The name in its certificate.</param>
/// <param name="instances">Those of its Hello that are enrolled for it.</param>
/// <param name="enrolled">All that were enrolled for it when it came.</param>
internal sealed class AgentSession(
    string agent, string software, ImmutableArray<OnionAddress> instances, ImmutableHashSet<OnionAddress> enrolled, DateTimeOffset connected)
    : IDisposable
{
    private readonly CancellationTokenSource _ending = new();

    internal string Agent { get; } = agent;

    internal string Software { get; } = software;

    internal ImmutableArray<OnionAddress> Instances { get; } = instances;

    internal ImmutableHashSet<OnionAddress> EnrolledAtStart { get; } = enrolled;

    internal DateTimeOffset Connected { get; } = connected;

    /// <summary>Cancelled with <see cref="EndReason"/> when the collector wants the stream to end.</summary>
    internal CancellationToken Ending => _ending.Token;

    /// <summary>For the agent's log.</summary>
    internal string EndReason { get; private set; } = "";

    internal void End(string reason)
    {
        EndReason = reason;
        _ending.Cancel();
    }

    /// <summary>It may be asked to end when it just has: what it is made of stays usable, and none of it needs to be given back.</summary>
    public void Dispose() => _ending.Cancel();
}
