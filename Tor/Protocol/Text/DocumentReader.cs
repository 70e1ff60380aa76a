using System.Buffers;

namespace OnionBalance.Split.Tor.Protocol.Text;

/// <summary>
/// Walks a document in dir-spec's meta-format (dir-spec 1.2) item by item, without allocating. Lines are printable
/// ASCII and tabs, ended by a newline, which may be missing after the last: stricter than tor, which never writes others.
/// </summary>
internal ref struct DocumentReader(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> LineBytes =
        SearchValues.Create([(byte)'\t', .. Enumerable.Range(0x20, 0x5F).Select(value => (byte)value)]);

    private static readonly SearchValues<byte> KeywordBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private static readonly SearchValues<byte> Base64Bytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    private readonly ReadOnlySpan<byte> _text = text;
    private int _position;

    /// <summary>True once something was met that is no item; nothing more is read then.</summary>
    internal bool Failed { get; private set; }

    /// <summary>The next item; false at the end and on failure.</summary>
    internal bool TryReadNext(out DocumentItem item)
    {
        item = default;
        if (Failed || _position == _text.Length)
            return false;
        var start = _position;
        Failed = !TryReadItem(start, out item);
        return !Failed;
    }

    private bool TryReadItem(int start, out DocumentItem item)
    {
        item = default;
        if (!TryReadLine(out var line))
            return false;
        var rest = line;
        var keyword = DocumentItem.NextArgument(ref rest);
        if (keyword.IsEmpty || !line.StartsWith(keyword) || keyword[0] == (byte)'-' || keyword.ContainsAnyExcept(KeywordBytes))
            return false;

        if (!TryReadObject(out var type, out var body))
            return false;
        item = new DocumentItem
        {
            Keyword = keyword,
            Arguments = rest.Trim(" \t"u8),
            ObjectType = type,
            ObjectBody = body,
            Start = start,
            End = _position,
        };
        return true;
    }

    private bool TryReadObject(out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> body)
    {
        type = body = default;
        if (!_text[_position..].StartsWith("-----BEGIN "u8))
            return true;
        if (!TryReadLine(out var begin) || begin.Length <= 16 || !begin.EndsWith("-----"u8))
            return false;
        type = begin[11..^5];
        var bodyStart = _position;
        while (true)
        {
            var lineStart = _position;
            if (!TryReadLine(out var line) || line.IsEmpty)
                return false;
            if (line.StartsWith("-----END "u8))
            {
                body = _text[bodyStart..lineStart];
                return line.Length == type.Length + 14 && line[9..].StartsWith(type) && line.EndsWith("-----"u8);
            }

            if (line.ContainsAnyExcept(Base64Bytes))
                return false;
        }
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        var rest = _text[_position..];
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? rest : rest[..end];
        _position += end < 0 ? rest.Length : end + 1;
        return !rest.IsEmpty && !line.ContainsAnyExcept(LineBytes);
    }
}
