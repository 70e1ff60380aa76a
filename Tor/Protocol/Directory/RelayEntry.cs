using System.Buffers.Text;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>One router status entry of a microdescriptor-flavoured consensus (dir-spec 3.4.1, 3.9.2), read in place.</summary>
internal ref struct RelayEntry
{
    internal const int FingerprintLength = 20;

    private bool _hasFlags, _hasProtocols, _hasDigest, _isHsDir, _takesVersion3;
    private Bytes32 _digest;

    internal ReadOnlySpan<byte> Nickname { get; private set; }

    /// <summary>SHA-256 of its microdescriptor; the zero digest, which nothing has, when there is no "m" line.</summary>
    internal readonly Bytes32 MicrodescriptorDigest => _digest;

    /// <summary>What tor asks of a relay on the ring: the flag and the protocol HSDir=2. A consensus lists none that is not running and valid.</summary>
    internal readonly bool IsHsDir => _isHsDir && _takesVersion3;

    /// <summary>A flags line is what every entry has.</summary>
    internal readonly bool IsComplete => _hasFlags;

    /// <summary>The "r" line: nickname, identity, and what we do not need.</summary>
    internal static bool TryBegin(ReadOnlySpan<byte> arguments, scoped Span<byte> fingerprint, out RelayEntry entry)
    {
        entry = default;
        entry.Nickname = DirectoryText.NextItem(ref arguments);
        return IsNickname(entry.Nickname) && DirectoryText.TryBase64(DirectoryText.NextItem(ref arguments), fingerprint);
    }

    /// <summary>Any further line; false when one of those we need is malformed or there twice.</summary>
    internal bool TryAdd(scoped ReadOnlySpan<byte> line)
    {
        if (DirectoryText.TryArguments(line, "s"u8, out var flags) || line.SequenceEqual("s"u8))
        {
            var first = !_hasFlags;
            _hasFlags = true;
            _isHsDir = HasItem(flags, "HSDir"u8);
            return first;
        }

        if (DirectoryText.TryArguments(line, "pr"u8, out var protocols))
        {
            var first = !_hasProtocols;
            _hasProtocols = true;
            return first && TryProtocols(protocols, out _takesVersion3);
        }

        if (DirectoryText.TryArguments(line, "m"u8, out var digest))
        {
            var first = !_hasDigest;
            _hasDigest = true;
            return first && DirectoryText.TryBase64(DirectoryText.NextItem(ref digest), out _digest);
        }

        return true;
    }

    private static bool IsNickname(ReadOnlySpan<byte> name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter))
                return false;
        }

        return name.Length is >= 1 and <= 19;
    }

    private static bool HasItem(ReadOnlySpan<byte> items, ReadOnlySpan<byte> wanted)
    {
        for (var item = DirectoryText.NextItem(ref items); !item.IsEmpty; item = DirectoryText.NextItem(ref items))
        {
            if (item.SequenceEqual(wanted))
                return true;
        }

        return false;
    }

    /// <summary>Looks for HSDir=2 (tor-spec 9): entries Name=low-high,version,...</summary>
    private static bool TryProtocols(ReadOnlySpan<byte> entries, out bool takesVersion3)
    {
        takesVersion3 = false;
        for (var entry = DirectoryText.NextItem(ref entries); !entry.IsEmpty; entry = DirectoryText.NextItem(ref entries))
        {
            if (!entry.StartsWith("HSDir="u8))
                continue;
            var versions = entry[6..];
            foreach (var range in versions.Split((byte)','))
            {
                if (!TryRange(versions[range], out var low, out var high))
                    return false;
                takesVersion3 |= low <= 2 && 2 <= high;
            }
        }

        return true;
    }

    private static bool TryRange(ReadOnlySpan<byte> text, out uint low, out uint high)
    {
        high = 0;
        if (!Utf8Parser.TryParse(text, out low, out var used))
            return false;
        if (used == text.Length)
        {
            high = low;
            return true;
        }

        return text[used] == '-'
            && Utf8Parser.TryParse(text[(used + 1)..], out high, out var usedHigh)
            && used + 1 + usedHigh == text.Length
            && low <= high;
    }
}
