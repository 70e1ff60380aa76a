using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Delegations;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>A request for delegations within a ceremony: reviewed, granted and audited as 'delegate' does it.</summary>
internal static class CeremonyGrant
{
    /// <summary>What keeps a request from being granted, in one line; null where nothing is known to. Opens no key.</summary>
    public static string? FaultOf(PlannedGrant grant, CeremonyPlan plan)
    {
        try
        {
            var request = grant.Asked;
            if (plan.Address is not null && request.Service != plan.Address)
                return $"{grant.Request} is for another service than the plan";
            var objections = DelegationReview.Check(request, Policy(plan), NetworkTiming.Public, TimeProvider.System.GetUtcNow());
            return objections.IsEmpty ? null : $"{grant.Request}: {string.Join("; ", objections.Select(objection => objection.Detail))}";
        }
        catch (DaemonException fault)
        {
            return fault.Message;
        }
    }

    /// <exception cref="DaemonException">It is no request.</exception>
    public static DelegationRequest Read(string path) =>
        DelegationRequest.TryParse(DelegationGrant.Gather(path), out var request, out var fault)
            ? request
            : throw new DaemonException($"{path} {fault.Explain()}");

    /// <summary>In words, for whoever is to agree.</summary>
    public static string Explain(PlannedGrant grant, CeremonyPlan plan) =>
        new DelegationOffer(grant.Asked, NetworkTiming.Public, plan.Store.Output, TimeProvider.System.GetUtcNow()).Explain();

    /// <summary>Grants it with the key in the plan's store, and writes the bundle, read back and verified.</summary>
    /// <exception cref="DaemonException">It is not granted, or not written.</exception>
    public static (DelegationOffer Offer, DelegationBundle Bundle) Make(PlannedGrant grant, CeremonyPlan plan, OnionAddress address, TokenModules tokens)
    {
        var request = grant.Asked;
        if (plan.IsRehearsal)
            request = request with { Service = address };
        var configuration = new SignerConfiguration(
            [], null, null, plan.Delegations!.StateDirectory, NetworkTiming.Public, [new ServiceConfiguration(address, plan.Store.Made(), plan.Instances, Policy(plan))]);
        // The participants agreed to it, fingerprint and all, before anything was done.
        var (offer, bundle) = DelegationGrant.Answer(configuration, tokens, request.ToText(), _ => null);
        if (!NewFile.TryWrite(grant.Bundle, bundle.ToText(), out var unwritten, AtomicFile.ReadableByAll))
            throw new DaemonException(unwritten);
        var held = request.Periods.Select(period => period.SigningKey).ToHashSet();
        if (DelegationBundle.TryParse(File.ReadAllBytes(grant.Bundle), out var read, out var fault))
            fault = read.FaultFor(address, held, TimeProvider.System.GetUtcNow());
        return fault == DelegationFault.None ? (offer, bundle) : throw new DaemonException($"{grant.Bundle} {fault.Explain()}");
    }

    private static RequestPolicy Policy(CeremonyPlan plan) => RequestPolicy.Default with { Delegations = plan.Delegations!.Policy };
}
