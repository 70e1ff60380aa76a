using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <param name="First">When a report that named it was first accepted.</param>
/// <param name="Until">When the last descriptor that named it expires.</param>
internal sealed record ShownPoint(DateTimeOffset First, DateTimeOffset Until);

/// <summary>
/// The introduction points (KP_hs_ipt_sid) that one instance has shown, those of earlier reports too: tor leaves one out
/// while its circuit is built anew, and meanwhile it must not become another instance's. Immutable.
/// </summary>
internal sealed class ShownPoints
{
    /// <summary>Many hours' worth under a flood that makes tor take new ones every few minutes. The oldest are forgotten first.</summary>
    internal const int Most = 512;

    internal static readonly ShownPoints None = new(ImmutableDictionary<Bytes32, ShownPoint>.Empty);

    internal ShownPoints(ImmutableDictionary<Bytes32, ShownPoint> byKey) => ByKey = byKey;

    /// <summary>By KP_hs_ipt_sid.</summary>
    internal ImmutableDictionary<Bytes32, ShownPoint> ByKey { get; }

    /// <summary>This same object when the report adds nothing.</summary>
    internal ShownPoints With(InstanceReport report)
    {
        var builder = ByKey.ToBuilder();
        var named = report.Points.Select(point => point.AuthKey.Bytes).ToHashSet();
        foreach (var key in named)
        {
            var known = ByKey.GetValueOrDefault(key) ?? new ShownPoint(report.Received, report.Expires);
            builder[key] = known with { Until = report.Expires > known.Until ? report.Expires : known.Until };
        }

        builder.RemoveRange(builder.Where(pair => !named.Contains(pair.Key)).OrderBy(pair => pair.Value.First).Take(builder.Count - Most).Select(pair => pair.Key).ToArray());
        return Changed(builder.ToImmutable());
    }

    /// <summary>Nobody can show these any more.</summary>
    internal ShownPoints WithoutExpired(DateTimeOffset now) =>
        Changed(ByKey.RemoveRange(ByKey.Where(pair => pair.Value.Until <= now).Select(pair => pair.Key)));

    private ShownPoints Changed(ImmutableDictionary<Bytes32, ShownPoint> to) => ReferenceEquals(to, ByKey) ? this : new ShownPoints(to);
}
