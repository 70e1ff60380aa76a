namespace OnionBalance.Split.Signer.Policy;

/// <summary>Whether, and for how long ahead, descriptor signing keys of a Collector's own may be certified in advance.</summary>
internal sealed record DelegationPolicy
{
    /// <summary>Closed unless the operator opens it: whoever holds delegations publishes what he likes until they end.</summary>
    public bool Enabled { get; init; }

    /// <summary>From now to when the last period's descriptor is first made. Its certificate runs for 54 hours from then.</summary>
    public TimeSpan LongestValidity { get; init; } = TimeSpan.FromDays(30);
}
