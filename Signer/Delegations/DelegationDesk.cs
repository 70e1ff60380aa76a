using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Delegation;

namespace OnionBalance.Split.Signer.Delegations;

/// <summary>
/// Answers one request for delegations. What the audit log does not hold does not happen: the request is in it before it is
/// looked at, and its outcome before anything is released.
/// </summary>
internal sealed class DelegationDesk(SignerConfiguration configuration, AuditLog audit, TokenModules tokens, TimeProvider time)
{
    /// <param name="text">The request's file, not yet looked into.</param>
    /// <param name="confirm">Asks the operator; null when he agrees, or else what stands against it.</param>
    /// <param name="offer">What was granted.</param>
    /// <param name="bundle">Verified.</param>
    /// <param name="objections">On false, at least one.</param>
    public bool TryAnswer(
        byte[] text,
        Func<DelegationOffer, DelegationObjection?> confirm,
        [NotNullWhen(true)] out DelegationOffer? offer,
        [NotNullWhen(true)] out DelegationBundle? bundle,
        out ImmutableArray<DelegationObjection> objections)
    {
        (offer, bundle) = (null, null);
        var read = DelegationRequest.TryParse(text, out var request, out var fault);
        var asked = new AuditEntry(0, default, AuditEvent.DelegationAsked)
        {
            Service = request?.Service.ToString(),
            Period = request is null ? null : $"{request.Periods[0].Period.Number}-{request.Periods[^1].Period}",
            Digest = DelegationFingerprint.HexOf(text),
        };
        if (!audit.TryAppend(asked, out var unaudited))
        {
            objections = [new(unaudited.Reason.ToString(), unaudited.Detail)];
            return false;
        }

        objections = read ? Decide(request!, confirm, out offer, out bundle) : [new(fault.ToString(), $"the request {fault.Explain()}")];
        var outcome = objections.IsEmpty
            ? asked with { Event = AuditEvent.Delegated }
            : asked with { Event = AuditEvent.DelegationRefused, Reason = objections[0].Reason, Detail = objections[0].Detail };
        if (!audit.TryAppend(outcome, out unaudited))
            objections = objections.Add(new(unaudited.Reason.ToString(), unaudited.Detail));
        return objections.IsEmpty && offer is not null && bundle is not null;
    }

    private ImmutableArray<DelegationObjection> Decide(
        DelegationRequest request, Func<DelegationOffer, DelegationObjection?> confirm, out DelegationOffer? offer, out DelegationBundle? bundle)
    {
        (offer, bundle) = (null, null);
        if (configuration.Services.FirstOrDefault(known => known.Address == request.Service) is not { } service)
            return [new("UnknownService", $"{request.Service} is not a service of this Signer")];
        var objections = DelegationReview.Check(request, service.Policy, configuration.Network, time.GetUtcNow());
        if (!objections.IsEmpty)
            return objections;
        using var store = KeyStores.Open(service.Key, tokens);
        offer = new DelegationOffer(request, configuration.Network, store.Description, time.GetUtcNow());
        return confirm(offer) is { } refused ? [refused] : Grant(request, store, out bundle);
    }

    private ImmutableArray<DelegationObjection> Grant(DelegationRequest request, IIdentityKeyStore store, out DelegationBundle? bundle)
    {
        bundle = null;
        if (!store.TryOpen(out var identity, out var fault))
            return [new("KeyUnavailable", fault)];
        using (identity)
        {
            if (identity.PublicKey != request.Service.PublicKey)
                return [new("WrongKey", $"{store.Description} holds the key of another service: correct its address or key")];
            bundle = DelegationBundle.Grant(identity, request, period => configuration.Network.PublicationOf(period).From);
        }

        return Verify(bundle.ToText(), request, out bundle);
    }

    /// <summary>Takes only what the Collector will take.</summary>
    private ImmutableArray<DelegationObjection> Verify(byte[] text, DelegationRequest request, out DelegationBundle? bundle)
    {
        if (DelegationBundle.TryParse(text, out bundle, out var fault))
            fault = bundle.FaultFor(request.Service, request.Periods.Select(period => period.SigningKey).ToHashSet(), time.GetUtcNow());
        return fault == DelegationFault.None ? [] : [new("NotVerified", $"the bundle made from it {fault.Explain()}")];
    }
}
