using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// One object on one token, and the module that reaches it, as an RFC 7512 URI names them. What is null does not narrow
/// the choice. It carries no PIN, so it may be logged.
/// </summary>
internal sealed record Pkcs11Uri
{
    /// <summary>Longest URI taken, characters.</summary>
    internal const int MaximumLength = 2048;

    private const string Scheme = "pkcs11:";

    private Pkcs11Uri(string text) => Text = text;

    /// <summary>CK_TOKEN_INFO.label, up to 32 bytes of UTF-8.</summary>
    public string? Token { get; private init; }

    /// <summary>CK_TOKEN_INFO.serialNumber, up to 16 bytes.</summary>
    public string? Serial { get; private init; }

    /// <summary>CK_TOKEN_INFO.manufacturerID, up to 32 bytes.</summary>
    public string? Manufacturer { get; private init; }

    /// <summary>CK_TOKEN_INFO.model, up to 16 bytes.</summary>
    public string? Model { get; private init; }

    /// <summary>CK_SLOT_ID, which some modules change at every start.</summary>
    public ulong? SlotId { get; private init; }

    /// <summary>CKA_LABEL of the key.</summary>
    public string? Object { get; private init; }

    /// <summary>CKA_ID of the key, lower-case hexadecimal.</summary>
    public string? Id { get; private init; }

    /// <summary>Absolute path of the token's PKCS#11 library.</summary>
    public required string ModulePath { get; init; }

    /// <summary>As the operator wrote it.</summary>
    public string Text { get; private init; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out Pkcs11Uri? uri, [NotNullWhen(false)] out string? fault)
    {
        uri = null;
        if (text is null || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            fault = "it must begin with pkcs11:";
        else if (text.Length > MaximumLength)
            fault = $"it has more than {MaximumLength} characters";
        else if (Pkcs11UriAttributes.TryRead(text[Scheme.Length..], out var attributes, out fault))
            return TryBuild(text, attributes, out uri, out fault);
        return false;
    }

    public override string ToString() => Text;

    /// <summary>The same token with another object.</summary>
    /// <param name="label">Letters, digits and '-', as CKA_LABEL; CKA_ID is left open.</param>
    public Pkcs11Uri WithObject(string label)
    {
        var query = Text.IndexOf('?', StringComparison.Ordinal);
        var token = Text[Scheme.Length..query].Split(';').Where(attribute => !attribute.StartsWith("object=", StringComparison.Ordinal) && !attribute.StartsWith("id=", StringComparison.Ordinal));
        return this with { Text = $"{Scheme}{string.Join(';', token)};object={label}{Text[query..]}", Object = label, Id = null };
    }

    private static bool TryBuild(
        string text, Pkcs11UriAttributes attributes, [NotNullWhen(true)] out Pkcs11Uri? uri, [NotNullWhen(false)] out string? fault)
    {
        uri = null;
        ulong? slot = null;
        if (attributes.Text("slot-id") is { } digits)
        {
            if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                fault = "slot-id must be a decimal number";
                return false;
            }

            slot = number;
        }

        var module = attributes.Text("module-path");
        if (module is null || !Path.IsPathRooted(module))
            fault = "it must end with ?module-path= and the absolute path of the token's PKCS#11 library";
        else if (attributes.Text("token") is null && attributes.Text("serial") is null && slot is null)
            fault = "it must name the token: token= (its label), serial= or slot-id=";
        else if (attributes.Text("object") is null && attributes.Hex("id") is null)
            fault = "it must name the key: object= (its label) or id=";
        else
        {
            fault = null;
            uri = new Pkcs11Uri(text)
            {
                Token = attributes.Text("token"),
                Serial = attributes.Text("serial"),
                Manufacturer = attributes.Text("manufacturer"),
                Model = attributes.Text("model"),
                SlotId = slot,
                Object = attributes.Text("object"),
                Id = attributes.Hex("id"),
                ModulePath = module,
            };
        }

        return uri is not null;
    }
}
