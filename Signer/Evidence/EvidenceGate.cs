using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Evidence;

/// <summary>
/// What lets evidence in: an enrolled instance wrote it, for a period of the window, its certificates hold now, and
/// nothing newer of that instance was seen. A text is verified once and then known by its digest; everything that
/// depends on the time, the configuration or the state is asked again each time.
/// </summary>
internal sealed class EvidenceGate(EvidenceStore store)
{
    /// <summary>
    /// The request's evidence in its order. On false, either <paramref name="refused"/> or, when texts are wanted first,
    /// <paramref name="missing"/>.
    /// </summary>
    public bool TryGather(
        SigningRequest request,
        ServicePolicy policy,
        RequestPolicy bounds,
        SigningMoment moment,
        out ImmutableArray<VerifiedEvidence> gathered,
        out ImmutableArray<Bytes32> missing,
        out NotSigned? refused)
    {
        var found = ImmutableArray.CreateBuilder<VerifiedEvidence>(request.Evidence.Length);
        var wanted = ImmutableArray.CreateBuilder<Bytes32>();
        gathered = [];
        missing = [];
        refused = null;
        foreach (var item in request.Evidence)
        {
            refused = policy.CheckEnrolled(item.Instance);
            if (refused is not null)
                return false;
            if (!store.TryGet(item.Digest, out var evidence) && item.Text is null)
            {
                wanted.Add(item.Digest);
                continue;
            }

            if (evidence is null && !TryVerify(item, moment, out evidence, out refused))
                return false;
            refused = CheckNow(item, evidence, moment) ?? bounds.CheckAge(item.Instance, evidence.ValidUntil, moment.Now);
            if (refused is not null)
                return false;
            found.Add(evidence);
        }

        gathered = found.ToImmutable();
        missing = wanted.ToImmutable();
        return missing.IsEmpty;
    }

    /// <summary>The state with this evidence counted as seen; or, on false, which of it is older than what was seen.</summary>
    public static bool TryCount(
        ImmutableArray<VerifiedEvidence> gathered,
        SigningState state,
        [NotNullWhen(true)] out SigningState? counted,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        var seen = gathered.Aggregate(state, (known, evidence) => known.WithSeen(
            new InstanceCounterKey(evidence.Instance, evidence.Descriptor.BlindedKey.Bytes),
            new InstanceCounter(evidence.Descriptor.Period, evidence.Descriptor.RevisionCounter)));
        refused = gathered
            .Select(evidence => ServicePolicy.CheckRevision(evidence.Instance, evidence.Descriptor, seen))
            .FirstOrDefault(fault => fault is not null);
        counted = refused is null ? seen : null;
        return refused is null;
    }

    /// <summary>
    /// An introduction point is one instance's alone. Its certificates do not tell whose: an instance makes them itself, for any
    /// KP_hs_ipt_sid that it has read elsewhere.
    /// </summary>
    public static NotSigned? CheckOwners(ImmutableArray<VerifiedEvidence> gathered)
    {
        var owners = new Dictionary<Ed25519PublicKey, OnionAddress>();
        foreach (var (key, instance) in gathered.SelectMany(evidence => evidence.AuthKeys.Select(key => (key, evidence.Instance))))
        {
            if (!owners.TryAdd(key, instance) && owners[key] != instance)
                return new NotSigned(SignRefusal.PointOfTwoInstances, $"the descriptors of {owners[key]} and {instance} name one introduction point: at least one of them lies");
        }

        return null;
    }

    private bool TryVerify(
        NamedEvidence item,
        SigningMoment moment,
        [NotNullWhen(true)] out VerifiedEvidence? evidence,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        evidence = null;
        refused = null;
        var text = item.Text.GetValueOrDefault();
        Span<byte> digest = stackalloc byte[Bytes32.Length];
        SHA3_256.HashData(text.Span, digest);
        if (!digest.SequenceEqual(item.Digest.Span))
        {
            refused = new NotSigned(SignRefusal.EvidenceDigest, $"the descriptor sent for {item.Instance} is not the one that its digest names", item.Instance);
            return false;
        }

        if (!DescriptorReader.TryRead(text.Span, item.Instance.PublicKey, moment.Window.AsSpan(), moment.Now, null, DescriptorLimits.Default, out var descriptor, out var fault, out var detail))
        {
            refused = new NotSigned(ReasonOf(fault), $"the descriptor sent for {item.Instance} is not good evidence. {detail}", item.Instance);
            return false;
        }

        evidence = new VerifiedEvidence(item.Instance, item.Digest, descriptor);
        store.Add(evidence);
        return true;
    }

    private static SignRefusal ReasonOf(DescriptorFault fault) => fault switch
    {
        DescriptorFault.Expired or DescriptorFault.ExpiredIntroductionPoint => SignRefusal.EvidenceExpired,
        DescriptorFault.WrongKey => SignRefusal.EvidenceWrongKey,
        DescriptorFault.ClientAuthorizationNeeded or DescriptorFault.ClientAuthorizationRefused => SignRefusal.EvidenceClientAuthorization,
        DescriptorFault.BadCertificate or DescriptorFault.BadSignature or DescriptorFault.CannotDecrypt or DescriptorFault.BadIntroductionPointCertificate =>
            SignRefusal.EvidenceNotAuthentic,
        _ => SignRefusal.EvidenceMalformed,
    };

    private static NotSigned? CheckNow(NamedEvidence item, VerifiedEvidence evidence, SigningMoment moment)
    {
        if (evidence.Instance != item.Instance)
            return new NotSigned(SignRefusal.EvidenceWrongKey, $"the descriptor named for {item.Instance} is that of {evidence.Instance}", item.Instance);
        return evidence.ValidUntil < moment.Now || !moment.Window.Contains(evidence.Descriptor.Period)
            ? Expired(item.Instance)
            : null;
    }

    private static NotSigned Expired(OnionAddress instance) =>
        new(SignRefusal.EvidenceExpired, $"the time of the descriptor of {instance} is over", instance);
}
