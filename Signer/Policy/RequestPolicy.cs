using System.Collections.Immutable;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Signer.Policy;

/// <summary>What the operator allows for one service, whatever evidence comes with a request. Pure.</summary>
/// <param name="Enabled">False signs nothing.</param>
/// <param name="Collectors">Names of those that may ask; empty for every Collector that this Signer dials.</param>
/// <param name="MostIntroductionPoints">In one descriptor.</param>
/// <param name="StopAt">From then on nothing is signed; null for no planned stop.</param>
/// <param name="Interval">The mean time between two signatures that may last.</param>
/// <param name="Burst">Signatures that may come at once, for failover.</param>
internal sealed record RequestPolicy(
    bool Enabled, ImmutableArray<string> Collectors, int MostIntroductionPoints, DateTimeOffset? StopAt, TimeSpan Interval, int Burst)
{
    /// <summary>Several times what an honest Collector spends: 10 at once and one in 5 s.</summary>
    public static RequestPolicy Default { get; } =
        new(true, [], RequestLimits.PointsPerSelection, null, TimeSpan.FromSeconds(1), 60);

    public NotSigned? Check(SigningRequest request, string collector, DateTimeOffset now)
    {
        if (!Enabled)
            return new NotSigned(SignRefusal.ServiceDisabled, "this service's policy is not enabled");
        if (now >= StopAt)
            return new NotSigned(SignRefusal.ServiceStopped, $"this service's policy planned to stop signing at {StopAt:u}");
        if (!Collectors.IsEmpty && !Collectors.Contains(collector, StringComparer.Ordinal))
            return new NotSigned(SignRefusal.CollectorNotAllowed, $"Collector '{collector}' is not among those that this service's policy names");
        var most = request.Selections.Max(selection => selection.Points.Length);
        return most > MostIntroductionPoints
            ? new NotSigned(SignRefusal.TooManyPoints, $"a selection has {most} introduction points; this service's policy allows {MostIntroductionPoints}")
            : null;
    }
}
