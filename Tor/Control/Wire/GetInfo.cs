using System.Text;

namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>control-spec 3.9 GETINFO: "250-key=value" for a value of one line, "250+key=" and a block for a longer one.</summary>
internal static class GetInfo
{
    public static ControlCommand Command(string key) => ControlCommand.Parse("GETINFO").Argument(key);

    public static bool TryRead(ControlReply reply, string key, out ReadOnlyMemory<byte> value)
    {
        value = default;
        var line = reply.Lines[0];
        if (line.Text.Length <= key.Length || line.Text[key.Length] != '=' || !line.Text.StartsWith(key, StringComparison.Ordinal))
            return false;
        value = line.Data.IsEmpty ? Encoding.Latin1.GetBytes(line.Text[(key.Length + 1)..]) : line.Data;
        return true;
    }
}
