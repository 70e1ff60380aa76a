using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace OnionBalance.Split.Tor.Protocol.Text;

/// <summary>Writes a document in dir-spec's meta-format (dir-spec 1.2), in the spelling tor has.</summary>
internal sealed class DocumentWriter
{
    private readonly ArrayBufferWriter<byte> _text = new(4096);

    internal ReadOnlySpan<byte> Written => _text.WrittenSpan;

    internal DocumentWriter Append(ReadOnlySpan<byte> text)
    {
        _text.Write(text);
        return this;
    }

    /// <summary>ASCII only, which the callers' types promise.</summary>
    internal DocumentWriter Append(string text)
    {
        _ = Encoding.ASCII.GetBytes(text, _text);
        return this;
    }

    internal DocumentWriter Append(ulong number)
    {
        _ = Utf8Formatter.TryFormat(number, _text.GetSpan(20), out var written);
        _text.Advance(written);
        return this;
    }

    internal DocumentWriter AppendBase64(ReadOnlySpan<byte> bytes)
    {
        _ = Base64.EncodeToUtf8(bytes, _text.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        _text.Advance(written);
        return this;
    }

    internal DocumentWriter AppendBase64WithoutPadding(ReadOnlySpan<byte> bytes)
    {
        var span = _text.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        _ = Base64.EncodeToUtf8(bytes, span, out _, out var written);
        _text.Advance(span[..written].TrimEnd((byte)'=').Length);
        return this;
    }

    /// <summary>An object from "-----BEGIN" to the last dash, without a newline after it.</summary>
    internal DocumentWriter AppendObject(ReadOnlySpan<byte> type, ReadOnlySpan<byte> body)
    {
        Append("-----BEGIN "u8).Append(type).Append("-----\n"u8);
        const int bytesPerLine = Base64Text.LineLength / 4 * 3;
        for (var rest = body; !rest.IsEmpty; rest = rest[Math.Min(bytesPerLine, rest.Length)..])
            AppendBase64(rest[..Math.Min(bytesPerLine, rest.Length)]).Append("\n"u8);
        return Append("-----END "u8).Append(type).Append("-----"u8);
    }
}
