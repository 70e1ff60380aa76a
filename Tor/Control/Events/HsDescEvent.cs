using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Control.Wire;

namespace OnionBalance.Split.Tor.Control.Events;

public enum HsDescAction
{
    /// <summary>An action this version does not know.</summary>
    Other,
    Requested,
    Upload,
    Received,
    Uploaded,
    Ignore,
    Failed,
    Created,
}

/// <summary>control-spec 4.1.25 HS_DESC: a descriptor was made, asked for, or sent, and what came of it.</summary>
/// <param name="Label">The onion address without ".onion"; null when tor says UNKNOWN.</param>
/// <param name="HsDir">40 upper-case hex digits; null when UNKNOWN.</param>
/// <param name="DescriptorId">KP_hs_blind_id in base64, unpadded; tor leaves it out of UPLOADED.</param>
/// <param name="Reason">With Failed: UPLOAD_REJECTED, NOT_FOUND, QUERY_NO_HSDIR and so on.</param>
/// <param name="HsDirIndex">With Upload and Requested.</param>
public sealed record HsDescEvent(
    HsDescAction Action,
    string? Label,
    string? HsDir,
    string? DescriptorId,
    string? Reason,
    string? HsDirIndex)
{
    public const string Keyword = "HS_DESC";

    public static bool TryParse(ControlEvent message, [NotNullWhen(true)] out HsDescEvent? parsed)
    {
        parsed = null;
        if (message.Keyword != Keyword)
            return false;
        var arguments = new ArgumentReader(message.Arguments);
        // Action, address, authentication type, HSDir, and perhaps the descriptor id.
        var words = arguments.Positional;
        if (words.Length < 4)
            return false;
        parsed = new HsDescEvent(
            ActionOf(words[0]),
            HsDescContentEvent.LabelOf(words[1]),
            RelayName.Fingerprint(words[3]),
            words.Length > 4 ? words[4] : null,
            arguments.Named("REASON"),
            arguments.Named("HSDIR_INDEX"));
        return true;
    }

    private static HsDescAction ActionOf(string word) => word switch
    {
        "REQUESTED" => HsDescAction.Requested,
        "UPLOAD" => HsDescAction.Upload,
        "RECEIVED" => HsDescAction.Received,
        "UPLOADED" => HsDescAction.Uploaded,
        "IGNORE" => HsDescAction.Ignore,
        "FAILED" => HsDescAction.Failed,
        "CREATED" => HsDescAction.Created,
        _ => HsDescAction.Other,
    };
}
