using System.Collections.Immutable;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Collector.Operations;

/// <summary>What is wrong with the way of signing that the operator put first, and what stands in for it. Pure.</summary>
internal static class SigningProblem
{
    /// <param name="delegatedUntil">Until when both descriptors can be published by delegation; null when they cannot be now.</param>
    /// <param name="isNetworkKnown">False before a consensus was ever seen: then nobody can tell what the delegations cover.</param>
    internal static string Of(ImmutableArray<SigningWay> order, bool hasSigner, DateTimeOffset? delegatedUntil, bool isNetworkKnown = true)
    {
        var problems = order.Select(way => way == SigningWay.Signer ? OfSigner(hasSigner) : OfDelegation(delegatedUntil, isNetworkKnown)).ToArray();
        if (problems[0] is "")
            return "";
        if (problems.Length == 1)
            return problems[0];
        return problems[1] is not "" ? $"{problems[0]}, and {problems[1]}"
            : order[1] == SigningWay.Signer ? $"{problems[0]}: a Signer signs instead"
            : $"{problems[0]}: signing by delegation, by which both descriptors can be published until {delegatedUntil:u}";
    }

    private static string OfSigner(bool hasSigner) => hasSigner ? "" : "no Signer is attached that signs for this service";

    private static string OfDelegation(DateTimeOffset? until, bool isNetworkKnown) =>
        until is not null ? ""
        : isNetworkKnown ? "no delegation covers both descriptors"
        : "what the delegations cover is not known before tor has a consensus";
}
