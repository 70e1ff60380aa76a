using System.Collections.Immutable;
using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>
/// Has a descriptor signed in the first way, of those that the service's configuration names in their order, that is
/// there. A way that is not there is passed over; a Signer's no is final.
/// </summary>
internal sealed class SigningWays(SignerPool signers, DelegatedSigning delegations)
{
    private readonly StandingRefusals _standing = new();

    /// <summary>After a Signer or a delegation came or went: what failed may work now.</summary>
    internal event Action? Changed
    {
        add
        {
            signers.Changed += value;
            delegations.Changed += value;
        }
        remove
        {
            signers.Changed -= value;
            delegations.Changed -= value;
        }
    }

    internal async Task<SigningOutcome> SignAsync(SigningJob job, ImmutableArray<SigningWay> order, CancellationToken cancellationToken)
    {
        var passedOver = ImmutableArray.CreateBuilder<string>();
        SigningOutcome? outcome = null;
        foreach (var way in order)
        {
            // A service that a Signer will not sign for is not published behind its back once the Signer is away.
            if (way == SigningWay.Delegation && passedOver.Count > 0 && _standing.Find(job.Service, job.Descriptor.Period) is { } standing)
                return standing;
            outcome = way == SigningWay.Signer ? await AskSignersAsync(job, cancellationToken) : delegations.Sign(job);
            if (outcome is SigningOutcome.Signed signed)
                return signed with { PassedOver = string.Join("; ", passedOver) };
            if (outcome is SigningOutcome.Refused { IsOutOfOrder: false } or SigningOutcome.Behind)
                return outcome;
            passedOver.Add(outcome.Problem);
        }

        return outcome is not null && passedOver.Count == 1 ? outcome : new SigningOutcome.Unavailable(string.Join("; ", passedOver));
    }

    /// <summary>Remembers a no until a Signer signs.</summary>
    private async Task<SigningOutcome> AskSignersAsync(SigningJob job, CancellationToken cancellationToken)
    {
        var outcome = await signers.SignAsync(job, cancellationToken);
        _standing.Note(job.Service, job.Descriptor.Period, outcome);
        return outcome;
    }
}
