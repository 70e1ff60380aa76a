using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The attributes of a pkcs11 URI (RFC 7512 2.3), percent-decoded. An attribute that is not known here is refused: to
/// ignore it would widen the choice of tokens and keys.
/// </summary>
internal sealed class Pkcs11UriAttributes
{
    private const string Unreserved = "-._~:[]@!$'()*+,=";

    private readonly Dictionary<string, byte[]> _values = [];

    /// <summary>The value as UTF-8 text, or null.</summary>
    public string? Text(string name) => _values.TryGetValue(name, out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>The value's bytes in lower-case hexadecimal, or null.</summary>
    public string? Hex(string name) => _values.TryGetValue(name, out var value) ? Convert.ToHexStringLower(value) : null;

    /// <summary>Reads what follows "pkcs11:".</summary>
    public static bool TryRead(
        string text, [NotNullWhen(true)] out Pkcs11UriAttributes? attributes, [NotNullWhen(false)] out string? fault)
    {
        var read = new Pkcs11UriAttributes();
        var query = text.IndexOf('?', StringComparison.Ordinal);
        fault = read.Take(query < 0 ? text : text[..query], ';', "&", PathLimit)
            ?? (query < 0 ? null : read.Take(text[(query + 1)..], '&', "/?|", QueryLimit));
        attributes = fault is null ? read : null;
        return fault is null;
    }

    private string? Take(string part, char separator, string alsoAllowed, Func<string, int?> limit)
    {
        if (part.Length == 0)
            return null;
        foreach (var attribute in part.Split(separator))
        {
            var equals = attribute.IndexOf('=', StringComparison.Ordinal);
            // The value is not repeated: it may be a PIN in a place where it should not be.
            if (equals < 1)
                return "an attribute is not of the form name=value";
            var name = attribute[..equals];
            if (name is "pin-value" or "pin-source")
                return $"{name} is not taken: name the source of the PIN under pin:, never in the URI";
            if (limit(name) is not { } longest)
                return $"an attribute is unknown here: {Printable(name)}";
            if (Decode(attribute[(equals + 1)..], alsoAllowed) is not { } value)
                return $"{name} has a character that must be percent-encoded, or a wrong percent-encoding";
            if (value.Length < 1 || value.Length > longest)
                return $"{name} must have 1 to {longest} bytes";
            if (name != "id" && (!Utf8.IsValid(value) || value.Any(octet => octet < 0x20 || octet == 0x7f)))
                return $"{name} must be printable UTF-8";
            if (!_values.TryAdd(name, value))
                return $"{name} is given twice";
        }

        return null;
    }

    /// <summary>Bytes that fit CK_TOKEN_INFO's fields; for the rest, what is sensible.</summary>
    private static int? PathLimit(string name) => name switch
    {
        "token" or "manufacturer" => 32,
        "serial" or "model" => 16,
        "object" or "id" => 255,
        "slot-id" => 20,
        _ => null,
    };

    private static int? QueryLimit(string name) => name == "module-path" ? 1024 : null;

    private static byte[]? Decode(string text, string alsoAllowed)
    {
        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var character = text[at];
            if (character == '%')
            {
                if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
                    return null;
                bytes.Add(Convert.FromHexString(text.AsSpan(at + 1, 2))[0]);
                at += 2;
            }
            else if (char.IsAsciiLetterOrDigit(character) || Unreserved.Contains(character) || alsoAllowed.Contains(character))
                bytes.Add((byte)character);
            else
                return null;
        }

        return [.. bytes];
    }

    private static string Printable(string name) =>
        name.Length <= 32 && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_') ? name : "(unprintable)";
}
