using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>control-spec 2.1 QuotedString, read with the C escapes that tor really writes (2.1.1).</summary>
internal static class QuotedString
{
    /// <summary>Reads the string that begins at <paramref name="start"/>, which must be a quote.</summary>
    /// <param name="next">Just after the closing quote.</param>
    public static bool TryRead(string text, int start, [NotNullWhen(true)] out string? value, out int next)
    {
        value = null;
        next = start;
        if (start >= text.Length || text[start] != '"')
            return false;
        var bytes = new List<byte>();
        for (var i = start + 1; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"')
            {
                // Paths are the only quoted strings of interest, and they are UTF-8 on disk.
                value = Encoding.UTF8.GetString([.. bytes]);
                next = i + 1;
                return true;
            }

            if (c == '\\' && !TryReadEscape(text, ref i, out c))
                return false;
            bytes.Add(unchecked((byte)c));
        }

        return false;
    }

    /// <summary><paramref name="i"/> moves from the backslash to the last character of the escape.</summary>
    private static bool TryReadEscape(string text, ref int i, out char c)
    {
        c = default;
        if (++i >= text.Length)
            return false;
        c = text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other };
        if (text[i] is < '0' or > '7')
            return true;
        var octal = 0;
        var end = Math.Min(i + 3, text.Length);
        while (i < end && text[i] is >= '0' and <= '7')
            octal = (octal * 8) + (text[i++] - '0');
        i--;
        c = (char)octal;
        return octal <= 255;
    }
}
