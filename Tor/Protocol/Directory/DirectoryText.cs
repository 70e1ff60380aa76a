using System.Buffers.Text;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>The lines and items of directory documents (dir-spec 1.2), read in place.</summary>
internal static class DirectoryText
{
    /// <summary>Cuts the next line off <paramref name="rest"/>; a last line without its newline counts.</summary>
    internal static bool TryNextLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? rest : rest[..end];
        var any = !rest.IsEmpty;
        rest = end < 0 ? default : rest[(end + 1)..];
        return any;
    }

    /// <summary>Cuts the next item off <paramref name="rest"/>; empty when there is none.</summary>
    internal static ReadOnlySpan<byte> NextItem(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart((byte)' ');
        var end = rest.IndexOf((byte)' ');
        var item = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return item;
    }

    /// <summary>The arguments of a line that begins with the keyword and a space.</summary>
    internal static bool TryArguments(ReadOnlySpan<byte> line, scoped ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> arguments)
    {
        var matches = line.Length > keyword.Length && line[keyword.Length] == ' ' && line.StartsWith(keyword);
        arguments = matches ? line[(keyword.Length + 1)..] : default;
        return matches;
    }

    /// <summary>"YYYY-MM-DD HH:MM:SS", always UTC.</summary>
    internal static bool TryTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length != 19 || text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' || text[16] != ':')
            return false;
        if (!TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var day)
            || !TryDigits(text[11..13], out var hour) || !TryDigits(text[14..16], out var minute) || !TryDigits(text[17..], out var second))
        {
            return false;
        }

        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        time = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }

    /// <summary>Base64 of exactly as many bytes as wanted, without padding as directory documents write digests.</summary>
    internal static bool TryBase64(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        var padding = (3 - bytes.Length % 3) % 3;
        var digits = (bytes.Length + 2) / 3 * 4 - padding;
        Span<byte> padded = stackalloc byte[44];
        if (text.Length != digits || digits + padding > padded.Length)
            return false;
        padded = padded[..(digits + padding)];
        text.CopyTo(padded);
        padded[digits..].Fill((byte)'=');
        // The decoder skips white space, which would leave bytes unfilled.
        return Base64.DecodeFromUtf8(padded, bytes, out var used, out var written) == System.Buffers.OperationStatus.Done
            && used == padded.Length
            && written == bytes.Length;
    }

    internal static bool TryBase64(ReadOnlySpan<byte> text, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.Length];
        var read = TryBase64(text, bytes);
        value = read ? Bytes32.Create(bytes) : default;
        return read;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            value = value * 10 + (digit - '0');
        }

        return true;
    }
}
