using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>What one selection of introduction points becomes: an inner layer, and how many HSDirs get it.</summary>
public sealed record DescriptorSelection(InnerLayer Inner, int Copies)
{
    private const string ProofOfWork = "pow-params";

    /// <summary>
    /// From names to introduction points: each is a KP_hs_ipt_sid and the inner layer of the instance that offers it. False
    /// with the place of the first name that its layer does not hold.
    /// </summary>
    public static bool TryResolve(
        IReadOnlyList<(InnerLayer Source, Ed25519PublicKey AuthKey)> names,
        int copies,
        [NotNullWhen(true)] out DescriptorSelection? selection,
        out int missing)
    {
        ArgumentNullException.ThrowIfNull(names);
        selection = null;
        var points = ImmutableArray.CreateBuilder<IntroductionPoint>(names.Count);
        for (missing = 0; missing < names.Count; missing++)
        {
            var (source, authKey) = names[missing];
            if (source.IntroductionPoints.FirstOrDefault(point => point.AuthKey == authKey) is not { } point)
                return false;
            points.Add(point);
        }

        var sources = names.Select(name => name.Source).Distinct().ToArray();
        selection = new DescriptorSelection(Combine(sources, points.MoveToImmutable()), copies);
        return true;
    }

    /// <summary>Characters of lines unknown here that are carried over: one instance's must not outgrow what HSDirs take.</summary>
    internal const int MostOtherLines = 512;

    /// <summary>
    /// The points with what the inner layers of their instances say beside them. Flow control, anonymity and lines unknown
    /// here stay where all agree; what tor always writes alike stays so. Never pow-params, of any version: an instance checks
    /// a proof of work against its own blinded key, and clients of the master would be locked out.
    /// </summary>
    public static InnerLayer Combine(IReadOnlyList<InnerLayer> sources, ImmutableArray<IntroductionPoint> points)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count);
        var first = sources[0];
        var combined = new InnerLayer { IntroductionPoints = points };
        if (sources.All(other => other.OtherLines.SequenceEqual(first.OtherLines)) && first.OtherLines.Sum(line => line.Length) <= MostOtherLines)
            combined = combined with { OtherLines = first.OtherLines.RemoveAll(line => line.StartsWith(ProofOfWork, StringComparison.Ordinal)) };
        return combined with
        {
            SingleOnionService = sources.All(source => source.SingleOnionService),
            FlowControl = sources.All(other => other.FlowControl == first.FlowControl) ? first.FlowControl : null,
        };
    }
}
