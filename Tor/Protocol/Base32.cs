namespace OnionBalance.Split.Tor.Protocol;

/// <summary>RFC 4648 base32 without padding, lower case, of whole groups of 5 bytes: what onion addresses need.</summary>
internal static class Base32
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>A multiple of 5 bytes, to 8 characters for each 5.</summary>
    internal static string Encode(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length % 5, 0);
        Span<char> text = stackalloc char[bytes.Length / 5 * 8];
        for (var i = 0; i < text.Length; i++)
        {
            var bit = i * 5;
            var pair = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[bit / 8 + 1] : 0);
            text[i] = Alphabet[(pair >> (11 - bit % 8)) & 31];
        }

        return new string(text);
    }

    /// <summary>Characters in any case into exactly the bytes they stand for; false on a foreign character.</summary>
    internal static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length % 8 != 0 || bytes.Length != text.Length / 8 * 5)
            return false;
        bytes.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            var value = Alphabet.IndexOf(char.ToLowerInvariant(text[i]), StringComparison.Ordinal);
            if (value < 0)
                return false;
            var bit = i * 5;
            var shifted = value << (11 - bit % 8);
            bytes[bit / 8] |= (byte)(shifted >> 8);
            if ((shifted & 0xFF) != 0)
                bytes[bit / 8 + 1] |= (byte)(shifted & 0xFF);
        }

        return true;
    }
}
