using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Tor.Control.Events;

/// <summary>control-spec 4.1.10 STATUS_GENERAL and STATUS_CLIENT: such as CIRCUIT_ESTABLISHED, CLOCK_JUMPED, BOOTSTRAP.</summary>
/// <param name="Severity">NOTICE, WARN or ERR.</param>
public sealed record StatusEvent(string Severity, string Action, string Arguments)
{
    public const string ClientKeyword = "STATUS_CLIENT";
    public const string GeneralKeyword = "STATUS_GENERAL";

    public static bool TryParse(ControlEvent message, [NotNullWhen(true)] out StatusEvent? parsed)
    {
        parsed = null;
        if (message.Keyword is not (ClientKeyword or GeneralKeyword))
            return false;
        var words = message.Arguments.Split(' ', 3);
        if (words.Length < 2)
            return false;
        parsed = new StatusEvent(words[0], words[1], words.Length > 2 ? words[2] : "");
        return true;
    }
}
