using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// How many publications of its service the changes of one instance may cause: a few at once, then half as many as the
/// service may make. An instance that shows other introduction points all the time waits for its own allowance, and leaves
/// of the <see cref="PublishBudget"/> what the failover of another needs. Forgotten at a restart.
/// </summary>
internal sealed class InstanceChurn
{
    internal const int Burst = 10;

    internal static readonly TimeSpan Refill = 2 * PublishBudget.Refill;

    private readonly Dictionary<TimePeriod, ImmutableDictionary<OnionAddress, ImmutableHashSet<Bytes32>>> _published = [];
    private readonly Dictionary<OnionAddress, DateTimeOffset> _fullAt = [];

    /// <summary>The moment, now or later, at which one of the instances that changed since the last publication has something left.</summary>
    internal DateTimeOffset AvailableAt(Collation collation, DateTimeOffset now) =>
        Changed(collation).Select(instance => AvailableAt(instance, now)).DefaultIfEmpty(now).Min();

    internal void Spend(Collation collation, DateTimeOffset now)
    {
        foreach (var instance in Changed(collation))
            _fullAt[instance] = FullAt(instance, now) + Refill;
        _published[collation.Descriptor.Period] = collation.Offers;
    }

    internal void KeepOnly(IEnumerable<TimePeriod> periods)
    {
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

    private DateTimeOffset AvailableAt(OnionAddress instance, DateTimeOffset now)
    {
        var at = FullAt(instance, now) - (Burst - 1) * Refill;
        return at > now ? at : now;
    }

    /// <summary>No instance owes more than its burst, whatever else was published with its changes.</summary>
    private DateTimeOffset FullAt(OnionAddress instance, DateTimeOffset now)
    {
        var at = _fullAt.GetValueOrDefault(instance, now);
        var latest = now + Burst * Refill;
        return at < now ? now : at > latest ? latest : at;
    }
}
