using System.Collections.Immutable;
using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>What should stand at the HSDirs for one time period.</summary>
/// <param name="Live">Every introduction point that instances offer for it, chosen or not.</param>
/// <param name="HsDirs">Fingerprints.</param>
internal sealed record WantedDescriptor(SelectionPlan Plan, IReadOnlySet<Bytes32> Live, ImmutableArray<string> HsDirs);

/// <summary>What was last published of one time period.</summary>
/// <param name="RefreshAt">When it is due again though nothing changed.</param>
/// <param name="RejectedUntil">Set when an HSDir refused it: publish anew from then on.</param>
internal sealed record LastPublication(
    Bytes32 PlanDigest,
    ImmutableSortedSet<Bytes32> Points,
    ImmutableSortedSet<string> HsDirs,
    DateTimeOffset RefreshAt,
    DateTimeOffset? RejectedUntil = null);

/// <summary>What else the decision hangs on.</summary>
/// <param name="ChangedAt">When the service's introduction points last began to change; null when they did not since the start.</param>
/// <param name="ChangesAllowedAt">When the instances that changed may cause a publication, see <see cref="InstanceChurn"/>.</param>
/// <param name="SettledAt">From when on it is no use to wait for further instances to report before the very first publication.</param>
/// <param name="NotBefore">After a failure: do not try again sooner.</param>
internal sealed record PublishCircumstances(
    DateTimeOffset Now, PublishBudget Budget, DateTimeOffset? ChangedAt, DateTimeOffset ChangesAllowedAt, DateTimeOffset SettledAt, DateTimeOffset NotBefore);

/// <summary>
/// When do we publish? When nothing of the period is out yet, when the introduction points changed, when the HSDirs
/// changed, when it is due, and when it was refused. An empty set of points leaves what is there to stand.
/// </summary>
internal abstract record PublishDecision
{
    /// <summary>Changes come in flocks: an instance that starts has one introduction point, then two, then three.</summary>
    internal static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(200);

    private PublishDecision()
    {
    }

    internal static PublishDecision Of(WantedDescriptor wanted, LastPublication? last, PublishCircumstances circumstances)
    {
        if (wanted.Plan.IsEmpty || wanted.HsDirs.IsEmpty)
            return new StandStill();
        var now = circumstances.Now;
        var (reason, at) = WhyAndWhen(wanted, last, circumstances);
        at = Later(at, circumstances.NotBefore);
        if (at > now)
            return new Wait(reason, at);
        at = circumstances.Budget.AvailableAt(now, reason);
        return at > now ? new Wait(reason, at) : new Now(reason);
    }

    private static (PublishReason Reason, DateTimeOffset At) WhyAndWhen(WantedDescriptor wanted, LastPublication? last, PublishCircumstances circumstances)
    {
        var changed = Later(circumstances.ChangedAt + Debounce ?? DateTimeOffset.MinValue, circumstances.ChangesAllowedAt);
        if (last is null)
            return (PublishReason.NewPeriod, circumstances.SettledAt);
        if (!wanted.Live.IsSupersetOf(last.Points))
            return (PublishReason.PointsLost, changed);
        if (wanted.Plan.Digest != last.PlanDigest)
            return (PublishReason.PointsAdded, changed);
        if (!last.HsDirs.IsSupersetOf(wanted.HsDirs))
            return (PublishReason.HsDirsChanged, DateTimeOffset.MinValue);
        return last.RejectedUntil < last.RefreshAt
            ? (PublishReason.Rejected, last.RejectedUntil.Value)
            : (PublishReason.Due, last.RefreshAt);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    internal sealed record Now(PublishReason Reason) : PublishDecision;

    /// <summary>Nothing to do before <paramref name="Until"/>, when it will be for this reason.</summary>
    internal sealed record Wait(PublishReason Reason, DateTimeOffset Until) : PublishDecision;

    /// <summary>There is nothing to publish, or nowhere: the last descriptor stands.</summary>
    internal sealed record StandStill : PublishDecision;
}
