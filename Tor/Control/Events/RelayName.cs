namespace OnionBalance.Split.Tor.Control.Events;

/// <summary>control-spec 2.4 LongName: "$" fingerprint, then "~" or "=" and a nickname; or the bare fingerprint.</summary>
internal static class RelayName
{
    private const int FingerprintLength = 40;

    /// <summary>40 upper-case hex digits, or null: "UNKNOWN" is an ordinary name too.</summary>
    public static string? Fingerprint(string name)
    {
        var hex = name.StartsWith('$') ? name.AsSpan(1) : name.AsSpan();
        if (hex.Length > FingerprintLength && hex[FingerprintLength] is '~' or '=')
            hex = hex[..FingerprintLength];
        return IsFingerprint(hex) ? hex.ToString().ToUpperInvariant() : null;
    }

    public static bool IsFingerprint(ReadOnlySpan<char> text)
    {
        if (text.Length != FingerprintLength)
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigit(c))
                return false;
        }

        return true;
    }
}
