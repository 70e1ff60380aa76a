using System.Collections.Immutable;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Delegations;

/// <summary>Whether a request may be granted: by the service's policy, the configured network and this host's clock. Pure.</summary>
internal static class DelegationReview
{
    /// <summary>All that stands against it; nothing when it may be granted.</summary>
    public static ImmutableArray<DelegationObjection> Check(DelegationRequest request, RequestPolicy policy, NetworkTiming network, DateTimeOffset now)
    {
        var (first, last) = (request.Periods[0].Period, request.Periods[^1].Period);
        if (first.LengthMinutes != network.PeriodLengthMinutes)
            return [new("PeriodLength", $"its periods are {first.LengthMinutes} minutes long, and those of the network configured here {network.PeriodLengthMinutes}")];
        var objections = ImmutableArray.CreateBuilder<DelegationObjection>();
        if (policy.CheckKind(RequestKind.Delegations, now) is { } closed)
            objections.Add(DelegationObjection.Of(closed));
        var longest = now + policy.Delegations.LongestValidity;

        // Compared as numbers first: of a number far off, no time can be told.
        var isFarOff = last.Number > network.PeriodAt(longest).Number + 1;
        if (isFarOff || network.PublicationOf(last).From > longest)
            objections.Add(new("TooLong", $"period {last.Number} begins after {longest:u}, which is as far ahead as longest_validity lets delegations go ({policy.Delegations.LongestValidity.TotalDays:0.##} days)"));
        if (isFarOff)
            return objections.ToImmutable();
        if (network.PublicationOf(first).Until <= now)
            objections.Add(new("PeriodOver", $"period {first.Number} is over by this host's clock, {now:u}: have a new request made, or set the clock right"));
        if (request.EndIn(network) > policy.StopAt)
            objections.Add(new("BeyondStop", $"period {last.Number} would end at {request.EndIn(network):u}, after this service's policy planned to stop at {policy.StopAt:u}"));
        return objections.ToImmutable();
    }
}
