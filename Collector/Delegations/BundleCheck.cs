using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>Whether a bundle is one to take in. Pure.</summary>
internal static class BundleCheck
{
    /// <param name="timing">Null where the network is not known yet.</param>
    internal static DelegationFault FaultOf(
        DelegationBundle bundle, OnionAddress service, IEnumerable<DelegationKeyName> keys, NetworkTiming? timing, DateTimeOffset now)
    {
        // A bundle may be days on its way; the keys of periods that were over in the meantime are deleted.
        var first = timing is not null && PeriodClock.TryAt(now, timing, out var clock) ? clock.First : (TimePeriod?)null;
        var over = bundle.Periods.Where(delegated => first is { } due && delegated.Period.IsOverAt(due)).ToArray();
        if (over.Length == bundle.Periods.Length && bundle.Service == service)
            return DelegationFault.Expired;
        return bundle.FaultFor(service, keys.Select(key => key.PublicKey).Concat(over.Select(HeldDelegations.KeyOf)).ToHashSet(), now);
    }
}
