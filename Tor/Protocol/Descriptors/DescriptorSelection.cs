using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>What one selection of introduction points becomes: an inner layer, and how many HSDirs get it.</summary>
public sealed record DescriptorSelection(InnerLayer Inner, int Copies)
{
    private const string ProofOfWork = "pow-params";

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
        if (sources.All(other => other.OtherLines.SequenceEqual(first.OtherLines)))
            combined = combined with { OtherLines = first.OtherLines.RemoveAll(line => line.StartsWith(ProofOfWork, StringComparison.Ordinal)) };
        return combined with
        {
            SingleOnionService = sources.All(source => source.SingleOnionService),
            FlowControl = sources.All(other => other.FlowControl == first.FlowControl) ? first.FlowControl : null,
        };
    }
}
