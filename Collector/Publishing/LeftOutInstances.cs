using System.Collections.Immutable;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// Instances that the Signer will not have: not on its list, or with evidence that it does not accept. Each is left out for
/// a while and then tried again, so that one bad instance keeps no service from being published.
/// </summary>
internal sealed class LeftOutInstances
{
    private static readonly TimeSpan While = TimeSpan.FromSeconds(60);

    /// <summary>The Signer has seen a newer descriptor through another Collector; it is on its way here too.</summary>
    private static readonly TimeSpan UntilNewer = TimeSpan.FromSeconds(5);

    /// <summary>The mean time between two tries, however many there are: the Signer's patience for what it refuses is bounded.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    private readonly Dictionary<OnionAddress, DateTimeOffset> _until = [];

    internal int Count => _until.Count;

    /// <summary>When the next one is to be tried again.</summary>
    internal DateTimeOffset NextReturn => _until.Count == 0 ? DateTimeOffset.MaxValue : _until.Values.Min();

    internal void Add(OnionAddress instance, SignRefusal reason, DateTimeOffset now)
    {
        var wait = reason == SignRefusal.EvidenceRevisionTooLow ? UntilNewer : While;
        var turn = Pace * _until.Count;
        _until[instance] = now + (wait > turn ? wait : turn);
    }

    internal void Clear() => _until.Clear();

    internal ImmutableHashSet<OnionAddress> At(DateTimeOffset now)
    {
        foreach (var over in _until.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToArray())
            _until.Remove(over);
        return [.. _until.Keys];
    }

    /// <summary>For a person; empty when there are none.</summary>
    internal string Describe(DateTimeOffset now)
    {
        var instances = At(now);
        return instances.IsEmpty ? "" : $"the Signer will not have {string.Join(", ", instances)}: see the log";
    }
}
