using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>What a service can be published with by delegation. Pure.</summary>
/// <param name="Granted">Periods with a certificate whose key is held.</param>
/// <param name="Awaiting">Periods of keys that no bundle certifies; a period that was asked for twice is in it twice.</param>
internal sealed record HeldDelegations(ImmutableDictionary<TimePeriod, DelegatedPeriod> Granted, ImmutableArray<TimePeriod> Awaiting)
{
    internal static readonly HeldDelegations None = new(ImmutableDictionary<TimePeriod, DelegatedPeriod>.Empty, []);

    /// <summary>When the last certificate ends; null where nothing is granted.</summary>
    internal DateTimeOffset? End => Granted.IsEmpty ? null : Granted.Values.Max(delegated => delegated.Certificate.Expiration);

    internal bool IsNothing => Granted.IsEmpty && Awaiting.IsEmpty;

    /// <summary>Of a period that several bundles certify the first one's certificate counts: a descriptor keeps its key for its whole period.</summary>
    /// <param name="bundles">In the order in which they were imported.</param>
    internal static HeldDelegations Of(IReadOnlyCollection<DelegationKeyName> keys, IEnumerable<DelegationBundle> bundles)
    {
        var held = keys.Select(key => key.PublicKey).ToHashSet();
        var granted = new Dictionary<TimePeriod, DelegatedPeriod>();
        foreach (var delegated in bundles.SelectMany(bundle => bundle.Periods).Where(delegated => held.Contains(KeyOf(delegated))))
        {
            granted.TryAdd(delegated.Period, delegated);
            held.Remove(KeyOf(delegated));
        }

        return new HeldDelegations(
            granted.ToImmutableDictionary(), [.. keys.Where(key => held.Contains(key.PublicKey)).Select(key => key.Period).OrderBy(period => period.Number)]);
    }

    /// <summary>KP_hs_desc_sign.</summary>
    internal static Ed25519PublicKey KeyOf(DelegatedPeriod delegated) => new(delegated.Certificate.CertifiedKey);

    /// <summary>
    /// Until when both descriptors can be published at any moment, which is when the first period that is not held becomes
    /// due; null when one of the two is not held now.
    /// </summary>
    internal DateTimeOffset? UntilIn(NetworkTiming timing, DateTimeOffset now)
    {
        if (!PeriodClock.TryAt(now, timing, out var clock) || !Granted.ContainsKey(clock.First) || !Granted.ContainsKey(clock.Second))
            return null;
        var period = clock.Second;
        while (Granted.ContainsKey(period))
            period = period.Next;
        return timing.PublicationOf(period).From;
    }
}
