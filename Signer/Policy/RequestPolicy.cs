using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;

namespace OnionBalance.Split.Signer.Policy;

/// <summary>What the operator allows for one service, whatever evidence comes with a request. Pure.</summary>
internal sealed record RequestPolicy
{
    /// <summary>tor rounds its certificate's end up to the hour, and two hosts' clocks may differ by three.</summary>
    private static readonly TimeSpan FarthestAhead = TimeSpan.FromHours(4);

    /// <summary>Several times what an honest Collector spends: 20 at once and one in 3 s.</summary>
    public static RequestPolicy Default { get; } = new();

    /// <summary>False signs nothing.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether descriptors are signed on request.</summary>
    public bool Descriptors { get; init; } = true;

    /// <summary>Why every Collector that asks for a descriptor is refused; null where it is not.</summary>
    public string? SignsNone =>
        !Enabled ? "its policy has enabled: false" : !Descriptors ? "its policy has descriptors: {enabled: false}" : null;

    public DelegationPolicy Delegations { get; init; } = new();

    /// <summary>Names of those that may ask; empty for every Collector that this Signer dials.</summary>
    public ImmutableArray<string> Collectors { get; init; } = [];

    /// <summary>In one descriptor.</summary>
    public int MostIntroductionPoints { get; init; } = RequestLimits.PointsPerSelection;

    /// <summary>Seen from this host's clock.</summary>
    public ImmutableArray<PeriodPlace> Periods { get; init; } = [.. Enum.GetValues<PeriodPlace>()];

    /// <summary>The age at which an instance's descriptor is no evidence any more.</summary>
    public TimeSpan OldestEvidence { get; init; } = TimeSpan.FromHours(CertificateLifetime.Hours);

    /// <summary>How long the descriptor signing key is certified, in hours.</summary>
    public uint CertificateHours { get; init; } = CertificateLifetime.Hours;

    /// <summary>From then on nothing is signed; null for no planned stop.</summary>
    public DateTimeOffset? StopAt { get; init; }

    /// <summary>Of signatures; the burst is for failover.</summary>
    public TokenRate Rate { get; init; } = new(Burst: 60, TimeSpan.FromSeconds(1));

    /// <summary>Closed: a kind that has no line here is not allowed.</summary>
    public bool Allows(RequestKind kind) => kind switch
    {
        RequestKind.Descriptors => Descriptors,
        RequestKind.Delegations => Delegations.Enabled,
        _ => false,
    };

    /// <summary>Whether anything of this kind may be asked for at this time.</summary>
    public NotSigned? CheckKind(RequestKind kind, DateTimeOffset now)
    {
        if (!Enabled)
            return new NotSigned(SignRefusal.ServiceDisabled, "this service's policy is not enabled");
        if (now >= StopAt)
            return new NotSigned(SignRefusal.ServiceStopped, $"this service's policy planned to stop signing at {StopAt:u}");
        return Allows(kind)
            ? null
            : new NotSigned(SignRefusal.RequestNotAllowed, $"this service's policy does not allow {kind.ToString().ToLowerInvariant()}: that takes 'policy: {{{kind.ToString().ToLowerInvariant()}: {{enabled: true}}}}'");
    }

    public NotSigned? Check(SigningRequest request, string collector, SigningMoment moment)
    {
        if (CheckKind(RequestKind.Descriptors, moment.Now) is { } forbidden)
            return forbidden;
        if (!Collectors.IsEmpty && !Collectors.Contains(collector, StringComparer.Ordinal))
            return new NotSigned(SignRefusal.CollectorNotAllowed, $"Collector '{collector}' is not among those that this service's policy names");
        if (moment.PlaceOf(request.Period) is { } place && !Periods.Contains(place))
            return new NotSigned(SignRefusal.PeriodNotAllowed, $"period {request.Period} is the {place.ToString().ToLowerInvariant()} one, which this service's policy does not name");
        var most = request.Selections.Max(selection => selection.Points.Length);
        return most > MostIntroductionPoints
            ? new NotSigned(SignRefusal.MorePointsThanAllowed, $"a selection has {most} introduction points; this service's policy allows {MostIntroductionPoints}")
            : null;
    }

    /// <summary>
    /// How old evidence is, its certificate tells: tor certifies its descriptor signing key anew for each upload, for 54
    /// hours, rounded up to the hour. A revision counter tells only what is newer.
    /// </summary>
    /// <param name="certificateEnd">Of the type-08 certificate.</param>
    public NotSigned? CheckAge(OnionAddress instance, DateTimeOffset certificateEnd, DateTimeOffset now)
    {
        var age = now - certificateEnd.AddHours(-CertificateLifetime.Hours);
        if (age > OldestEvidence)
            return new NotSigned(SignRefusal.EvidenceTooOld, $"the descriptor of {instance} was made {age.TotalHours:0} h ago; this service's policy takes {OldestEvidence.TotalHours:0} h", instance);
        return age < -FarthestAhead
            ? new NotSigned(SignRefusal.EvidenceFromFuture, $"the certificate of the descriptor of {instance} lasts {-age.TotalHours:0} h longer than tor would have made it now: see its host's clock", instance)
            : null;
    }
}
