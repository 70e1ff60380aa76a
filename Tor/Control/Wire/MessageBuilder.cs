using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>
/// One reply or event while its lines arrive. Past its limit it holds on to the first line only, and says so: the rest
/// is read off the wire and dropped.
/// </summary>
internal sealed class MessageBuilder(bool isEvent, int maxBytes)
{
    /// <summary>What a line costs beside its text, so that a flood of empty lines counts too.</summary>
    private const int LineOverhead = 64;

    private readonly List<ControlReplyLine> _lines = [];
    private ArrayBufferWriter<byte>? _data;
    private bool _skipData;
    private long _bytes;

    public bool IsEvent => isEvent;

    public bool Overflowed { get; private set; }

    public void AddLine(int code, ReadOnlySpan<byte> text)
    {
        if (!Fits(text.Length + LineOverhead) && _lines.Count > 0)
            return;
        _lines.Add(new ControlReplyLine(code, Encoding.Latin1.GetString(text), default));
    }

    public void BeginData()
    {
        // Megabytes, hourly, which the reader of the consensus fetches by itself.
        _skipData = IsEvent && Keyword(_lines[0].Text) is "NEWCONSENSUS" or "NS";
        _data = null;
    }

    public void AddData(ReadOnlySpan<byte> line)
    {
        if (_skipData || !Fits(line.Length + 1))
            return;
        _data ??= new ArrayBufferWriter<byte>();
        _data.Write(line);
        _data.Write("\n"u8);
    }

    public void EndData()
    {
        if (_data is not null && !Overflowed)
            _lines[^1] = _lines[^1] with { Data = _data.WrittenMemory };
        _data = null;
    }

    public ControlReply ToReply() => new([.. _lines]);

    public ControlEvent ToEvent()
    {
        var first = _lines[0];
        var keyword = Keyword(first.Text);
        var further = _lines.Skip(1).Select(line => line.Text);
        if (_lines.Count > 1 && _lines[^1].Text == "OK")
            further = further.SkipLast(1);
        return new ControlEvent(
            keyword.ToString(),
            first.Text[keyword.Length..].TrimStart(' '),
            first.Data,
            further.ToImmutableArray(),
            Overflowed || _skipData);
    }

    private bool Fits(int more)
    {
        _bytes += more;
        if (Overflowed || _bytes <= maxBytes)
            return !Overflowed;
        Overflowed = true;
        _data = null;
        if (_lines.Count > 1)
            _lines.RemoveRange(1, _lines.Count - 1);
        if (_lines.Count > 0)
            _lines[0] = _lines[0] with { Data = default };
        return false;
    }

    private static ReadOnlySpan<char> Keyword(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? text : text.AsSpan(0, space);
    }
}
