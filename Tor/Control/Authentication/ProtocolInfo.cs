using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Control.Wire;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Control.Authentication;

/// <summary>control-spec 3.21: what tor says before authentication.</summary>
internal sealed record ProtocolInfo(ImmutableArray<string> Methods, string? CookieFile, string? TorVersion)
{
    public static bool TryParse(ControlReply reply, [NotNullWhen(true)] out ProtocolInfo? info)
    {
        info = null;
        if (!reply.IsOk || !reply.Lines[0].Text.StartsWith("PROTOCOLINFO", StringComparison.Ordinal))
            return false;
        ImmutableArray<string> methods = [];
        string? cookieFile = null;
        string? version = null;
        foreach (var line in reply.Lines)
        {
            var arguments = new ArgumentReader(line.Text);
            switch (arguments.Positional.FirstOrDefault())
            {
                case "AUTH":
                    methods = [.. (arguments.Named("METHODS") ?? "").Split(',')];
                    cookieFile = arguments.Named("COOKIEFILE");
                    break;
                case "VERSION":
                    version = arguments.Named("Tor") is { } named ? ForeignText.Bounded(named) : null;
                    break;
            }
        }

        info = new ProtocolInfo(methods, cookieFile, version);
        return !methods.IsEmpty;
    }
}
