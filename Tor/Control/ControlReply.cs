using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Control;

/// <summary>control-spec 2.3: one line of a reply, and the data block that follows it in the "+" form.</summary>
/// <param name="Text">After the code and separator; bytes above 127 read as Latin-1.</param>
/// <param name="Data">Dot-unstuffed, lines ended by LF (the last one too); empty without a block.</param>
public sealed record ControlReplyLine(int Code, string Text, ReadOnlyMemory<byte> Data);

/// <summary>control-spec 2.3: tor's answer to one command. An error code is a value here, not an exception.</summary>
public sealed record ControlReply(ImmutableArray<ControlReplyLine> Lines)
{
    /// <summary>Of the last line, which decides.</summary>
    public int Code => Lines[^1].Code;

    public string Text => Lines[^1].Text;

    public bool IsOk => Code is >= 200 and < 300;
}
