using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>
/// control-spec 2.3: bytes in, in pieces of any size; whole messages out. Pure, and never throws on bytes: what is no
/// message sets <see cref="Violation"/>, after which the parser takes nothing more.
/// </summary>
internal sealed class ReplyParser(ControlLimits limits)
{
    private readonly ArrayBufferWriter<byte> _partialLine = new();
    private MessageBuilder? _message;
    private bool _inData;

    /// <summary>Why the bytes are not control-spec, in a clause for a person.</summary>
    public string? Violation { get; private set; }

    /// <summary>
    /// Takes bytes off <paramref name="input"/> up to the end of one message. False when all were taken without
    /// completing one, and after a violation.
    /// </summary>
    /// <param name="maxReplyBytes">Holds for a reply that begins in this input.</param>
    public bool TryRead(ref ReadOnlySpan<byte> input, int maxReplyBytes, [NotNullWhen(true)] out ControlMessage? message)
    {
        message = null;
        while (Violation is null && TryTakeLine(ref input, out var line))
        {
            var complete = TakeLine(line, maxReplyBytes);
            if (_partialLine.WrittenCount > 0)
                _partialLine.ResetWrittenCount();
            if (!complete)
                continue;
            message = _message!.IsEvent
                ? new ControlMessage(null, _message.ToEvent(), TooLarge: false)
                : new ControlMessage(_message.ToReply(), null, _message.Overflowed);
            _message = null;
            return true;
        }

        return false;
    }

    private bool TryTakeLine(ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> line)
    {
        line = default;
        var end = input.IndexOf((byte)'\n');
        var piece = end < 0 ? input : input[..end];
        if (_partialLine.WrittenCount + piece.Length > limits.MaxLineBytes)
        {
            Violation = $"a line of more than {limits.MaxLineBytes} bytes";
            return false;
        }

        input = end < 0 ? default : input[(end + 1)..];
        if (end < 0 || _partialLine.WrittenCount > 0)
        {
            _partialLine.Write(piece);
            piece = _partialLine.WrittenSpan;
        }

        line = piece.EndsWith("\r"u8) ? piece[..^1] : piece;
        return end >= 0;
    }

    /// <summary>True when the line ends a message.</summary>
    private bool TakeLine(ReadOnlySpan<byte> line, int maxReplyBytes)
    {
        if (_inData)
        {
            TakeDataLine(line);
            return false;
        }

        if (line.Length < 4 || line[..3].ContainsAnyExceptInRange((byte)'0', (byte)'9') || line[3] is not ((byte)' ' or (byte)'-' or (byte)'+'))
        {
            Violation = "a line without a reply code";
            return false;
        }

        var isEvent = line[0] == '6';
        _message ??= new MessageBuilder(isEvent, isEvent ? limits.MaxEventBytes : maxReplyBytes);
        if (_message.IsEvent != isEvent)
        {
            Violation = "an event inside a reply";
            return false;
        }

        var code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        _message.AddLine(code, line[4..]);
        if (line[3] == '+')
        {
            _message.BeginData();
            _inData = true;
        }

        return line[3] == ' ';
    }

    private void TakeDataLine(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("."u8))
        {
            _message!.EndData();
            _inData = false;
            return;
        }

        _message!.AddData(line.StartsWith("."u8) ? line[1..] : line);
    }
}
