using System.Buffers;
using System.Text;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// control-spec 2.2: one command. Built from parts, each of which can only ever be one part: a space or a line break in
/// an argument is refused, so that nothing read from a file or a peer becomes a second argument or command.
/// </summary>
public sealed class ControlCommand
{
    private const int MaxLineLength = 64 * 1024;

    private readonly string _line;
    private readonly ReadOnlyMemory<byte>? _data;

    private ControlCommand(string line, ReadOnlyMemory<byte>? data)
    {
        if (line.Length > MaxLineLength)
            throw new ArgumentException($"A control command line has at most {MaxLineLength} characters.", nameof(line));
        _line = line;
        _data = data;
    }

    /// <summary>The first word, for messages about the command: arguments may hold addresses and secrets.</summary>
    public string Name => _line.Split(' ', 2)[0];

    /// <param name="line">A whole command line fixed in the program, such as "SIGNAL NEWNYM".</param>
    public static ControlCommand Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.Length == 0 || line[0] is ' ' or '+' || line.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new ArgumentException("A control command is one line of printable ASCII.", nameof(line));
        return new ControlCommand(line, null);
    }

    public ControlCommand Argument(string value) => Append(Checked(value));

    public ControlCommand Argument(string name, string value) => Append($"{Checked(name)}={Checked(value)}");

    /// <summary>The block of a "+" command.</summary>
    public ControlCommand Data(ReadOnlyMemory<byte> data) => new(_line, data);

    /// <summary>The command as it goes over the wire.</summary>
    internal byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>(_line.Length + (_data?.Length ?? 0) + 64);
        if (_data is not null)
            output.Write("+"u8);
        Encoding.ASCII.GetBytes(_line, output);
        output.Write("\r\n"u8);
        if (_data is { } data)
            EncodeData(data.Span, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Lines end in CRLF, a leading dot is doubled, and a dot alone closes the block.</summary>
    private static void EncodeData(ReadOnlySpan<byte> data, ArrayBufferWriter<byte> output)
    {
        while (!data.IsEmpty)
        {
            var end = data.IndexOf((byte)'\n');
            var line = end < 0 ? data : data[..end];
            data = end < 0 ? default : data[(end + 1)..];
            if (line.StartsWith("."u8))
                output.Write("."u8);
            output.Write(line.EndsWith("\r"u8) ? line[..^1] : line);
            output.Write("\r\n"u8);
        }

        output.Write(".\r\n"u8);
    }

    private static string Checked(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length == 0 || value.Contains('"', StringComparison.Ordinal) || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ArgumentException(
                "A control argument is printable ASCII without spaces or quotes, and not empty.",
                nameof(value));
        }

        return value;
    }

    private ControlCommand Append(string part) => new($"{_line} {part}", _data);
}
