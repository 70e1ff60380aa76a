using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Control.Wire;

namespace OnionBalance.Split.Tor.Control.Events;

/// <summary>
/// control-spec 4.1.1 CIRC and 4.1.19 CIRC_MINOR, and a line of GETINFO circuit-status, which has the same form. The
/// words are tor's: new ones appear.
/// </summary>
/// <param name="Status">LAUNCHED, BUILT, EXTENDED, FAILED, CLOSED; with CIRC_MINOR PURPOSE_CHANGED or CANNIBALIZED.</param>
/// <param name="RendQuery">The service's address without ".onion".</param>
public sealed record CircuitEvent(
    string Id,
    string Status,
    string? Purpose,
    string? HsState,
    string? RendQuery,
    string? Reason,
    string? OldPurpose,
    string? OldHsState)
{
    public const string Keyword = "CIRC";
    public const string MinorKeyword = "CIRC_MINOR";

    /// <summary>The purpose of a circuit on which a service's descriptor is uploaded, HSPOST's too.</summary>
    public const string ServiceHsDir = "HS_SERVICE_HSDIR";

    /// <summary>The purpose of a circuit on which a descriptor is fetched.</summary>
    public const string ClientHsDir = "HS_CLIENT_HSDIR";

    /// <summary>Where the path ends so far: 40 upper-case hex digits; null where the line shows no path.</summary>
    public string? LastRelay { get; init; }

    /// <summary>A service's own introduction circuit: its end or its standing changes the descriptor.</summary>
    public bool IsServiceIntroduction => Purpose == "HS_SERVICE_INTRO" || OldPurpose == "HS_SERVICE_INTRO";

    /// <summary>The introduction circuit stands: its point is, or is about to be, in the descriptor.</summary>
    public bool IsEstablishedIntroduction => Purpose == "HS_SERVICE_INTRO" && HsState == "HSSI_ESTABLISHED" && !IsEnded;

    /// <summary>
    /// What it was built for, when tor found it too slow and builds it on only to learn how slow; null for all other news.
    /// </summary>
    public string? GivenUpPurpose => Status == "PURPOSE_CHANGED" && Purpose == "MEASURE_TIMEOUT" ? OldPurpose : null;

    public bool IsEnded => Status is "CLOSED" or "FAILED";

    public static bool TryParse(ControlEvent message, [NotNullWhen(true)] out CircuitEvent? parsed)
    {
        parsed = null;
        return message.Keyword is Keyword or MinorKeyword && TryParse(message.Arguments, out parsed);
    }

    public static bool TryParse(string line, [NotNullWhen(true)] out CircuitEvent? parsed)
    {
        parsed = null;
        var arguments = new ArgumentReader(line);
        if (arguments.Positional.Length < 2)
            return false;
        parsed = new CircuitEvent(
            arguments.Positional[0],
            arguments.Positional[1],
            arguments.Named("PURPOSE"),
            arguments.Named("HS_STATE"),
            arguments.Named("REND_QUERY")?.ToLowerInvariant(),
            arguments.Named("REASON"),
            arguments.Named("OLD_PURPOSE"),
            arguments.Named("OLD_HS_STATE"))
        {
            LastRelay = arguments.Positional.Length > 2 ? RelayName.Fingerprint(arguments.Positional[2].Split(',')[^1]) : null,
        };
        return true;
    }
}
