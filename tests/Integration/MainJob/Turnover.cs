using System.Collections.Immutable;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>An instance's descriptor of one period has other points than before: the new belong into the master's of that period, the gone into neither.</summary>
/// <param name="Since">The timestamp at which tor had it.</param>
internal sealed record Turnover(HsDescriptor Now, ImmutableArray<IntroductionPoint> New, ImmutableArray<IntroductionPoint> Gone, long Since)
{
    /// <summary>Null without a new point.</summary>
    internal static Turnover? Between(HsDescriptor before, HsDescriptor now, long since)
    {
        var appeared = Without(now, before);
        return appeared.IsEmpty ? null : new Turnover(now, appeared, Without(before, now), since);
    }

    internal bool IsSeenBy(HeldPoints held) =>
        held.Descriptor is { } descriptor
        && !Gone.Any(point => held.Points.Contains(point.AuthKey))
        && (descriptor.Period != Now.Period || New.All(point => IsIn(descriptor, point)));

    private static ImmutableArray<IntroductionPoint> Without(HsDescriptor these, HsDescriptor those) =>
        [.. these.Inner.IntroductionPoints.ExceptBy(those.Inner.IntroductionPoints.Select(point => point.AuthKey), point => point.AuthKey)];

    /// <summary>Of two points on one relay a descriptor has one, which clients would use anyway.</summary>
    private static bool IsIn(HsDescriptor descriptor, IntroductionPoint point) =>
        descriptor.Inner.IntroductionPoints.Any(other => other.AuthKey == point.AuthKey || other.RelayIdentity == point.RelayIdentity);
}
