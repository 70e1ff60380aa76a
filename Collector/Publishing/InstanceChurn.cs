using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// How many publications of its service the changes of one instance may cause: a few at once, then half as many as the
/// service may make. An instance that shows other introduction points all the time waits for its own allowance, and leaves
/// of the <see cref="PublishBudget"/> what the failover of another needs. Forgotten at a restart.
/// </summary>
internal sealed class InstanceChurn
{
    internal static readonly TokenRate Rate = new(Burst: 10, 2 * PublishBudget.Rate.Interval);

    private readonly Dictionary<TimePeriod, ImmutableDictionary<OnionAddress, ImmutableHashSet<Bytes32>>> _published = [];
    private readonly Dictionary<OnionAddress, TokenBucket> _buckets = [];

    /// <summary>The moment, now or later, at which one of the instances that changed since the last publication has something left.</summary>
    internal DateTimeOffset AvailableAt(Collation collation, DateTimeOffset now) =>
        Changed(collation).Select(instance => _buckets.GetValueOrDefault(instance).AvailableAt(Rate, now)).DefaultIfEmpty(now).Min();

    internal void Spend(Collation collation, DateTimeOffset now)
    {
        foreach (var instance in Changed(collation))
            _buckets[instance] = _buckets.GetValueOrDefault(instance).Spend(Rate, now);
        _published[collation.Descriptor.Period] = collation.Offers;
    }

    /// <summary>At every step: whoever waits, waits from now on, whatever the clock showed before.</summary>
    internal void KeepOnly(IEnumerable<TimePeriod> periods, DateTimeOffset now)
    {
        foreach (var (instance, bucket) in _buckets.ToArray())
            _buckets[instance] = bucket.AsOf(Rate, now);
        foreach (var gone in _published.Keys.Except(periods).ToArray())
            _published.Remove(gone);
    }

    private IEnumerable<OnionAddress> Changed(Collation collation)
    {
        if (!_published.TryGetValue(collation.Descriptor.Period, out var before))
            return [];
        var now = collation.Offers;
        return before.Keys.Union(now.Keys).Where(instance =>
            !before.GetValueOrDefault(instance, []).SetEquals(now.GetValueOrDefault(instance, [])));
    }
}
