using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Control.Wire;

namespace OnionBalance.Split.Tor.Control.Events;

/// <summary>control-spec 4.1.26 HS_DESC_CONTENT: the end of a fetch. An empty body says that there is none.</summary>
/// <param name="Label">The onion address without ".onion"; null when tor says UNKNOWN.</param>
/// <param name="HsDir">40 upper-case hex digits; null when UNKNOWN.</param>
/// <param name="Body">As the HSDir sent it: tor has not verified it the way a client would.</param>
public sealed record HsDescContentEvent(string? Label, string DescriptorId, string? HsDir, ReadOnlyMemory<byte> Body)
{
    public const string Keyword = "HS_DESC_CONTENT";

    public bool IsEmpty => Body.Span.Trim("\r\n"u8).IsEmpty;

    public static bool TryParse(ControlEvent message, [NotNullWhen(true)] out HsDescContentEvent? parsed)
    {
        parsed = null;
        if (message.Keyword != Keyword)
            return false;
        var words = new ArgumentReader(message.Arguments).Positional;
        if (words.Length < 3)
            return false;
        parsed = new HsDescContentEvent(LabelOf(words[0]), words[1], RelayName.Fingerprint(words[2]), message.Data);
        return true;
    }

    internal static string? LabelOf(string word) => word == "UNKNOWN" ? null : word.ToLowerInvariant();
}
