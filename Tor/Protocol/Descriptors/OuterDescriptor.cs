using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>Reads what anybody can see of a descriptor, without knowing whose it is: to compare what HSDirs hold.</summary>
public static class OuterDescriptor
{
    /// <summary>
    /// True when the outer layer is well formed, its certificate is signed by the blinded key it names, and its signature
    /// verifies. Nothing is said about time, the service, and the layers inside.
    /// </summary>
    public static bool TryReadOuter(ReadOnlySpan<byte> text, [NotNullWhen(true)] out OuterLayer? layer, out DescriptorFault fault)
    {
        var read = OuterLayerParser.TryParse(text, DescriptorLimits.Default, out var parser, out layer, out var refusal)
            && parser.TryVerify(text, layer, out refusal);
        fault = refusal.Fault;
        if (!read)
            layer = null;
        return read;
    }
}
