using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>How a place of a key is written on the command line, the same in all verbs.</summary>
internal static class KeyPlace
{
    internal const string Help =
        """
        A PLACE is one of:
          PATH                     tor's key directory; to read from, its secret file or a PKCS#8 PEM file, too
          credential:NAME          such a file as a systemd credential, to read from
          sealed:PATH              a file sealed by a passphrase
          pkcs11:...               an object on a PKCS#11 token, as an RFC 7512 URI with module-path
          sealed:PATH,pkcs11:...   a file sealed under that key of a token, which stays on the token
        In a shell, put quotes around a URI: pkcs11:token=hsm;object=shop?module-path=/usr/lib/softhsm/libsofthsm2.so
        """;

    private const string Sealed = "sealed:";
    private const string Credential = "credential:";
    private const string Token = "pkcs11:";

    /// <summary>Opens nothing. A secret that the place needs and has no source for is asked for on the terminal.</summary>
    /// <param name="text">As above.</param>
    /// <param name="secrets">Where the operator says that secrets are read from.</param>
    /// <param name="location">The place.</param>
    /// <param name="fault">On false, one line without the name of the option.</param>
    public static bool TryParse(string text, KeySecrets secrets, [NotNullWhen(true)] out KeyLocation? location, [NotNullWhen(false)] out string? fault)
    {
        location = null;
        fault = null;
        var comma = text.IndexOf("," + Token, StringComparison.OrdinalIgnoreCase);
        if (text.Length == 0 || text.Any(char.IsControl))
            fault = "is empty or has control characters";
        else if (text.StartsWith(Token, StringComparison.OrdinalIgnoreCase))
            location = TryUri(text, out var uri, out fault) ? new KeyLocation.TokenObject(uri, secrets.PinOf(uri)) : null;
        else if (text.StartsWith(Credential, StringComparison.Ordinal))
            location = SystemdCredential.TryName(text[Credential.Length..], out var name) ? new KeyLocation.Credential(name) : null;
        else if (!text.StartsWith(Sealed, StringComparison.Ordinal))
            location = new KeyLocation.File(Path.GetFullPath(text));
        else if (comma == Sealed.Length || text.Length == Sealed.Length)
            fault = "names no file behind sealed:";
        else if (comma < 0)
            location = SealedFile(Path.GetFullPath(text[Sealed.Length..]), secrets);
        else
            location = TryUri(text[(comma + 1)..], out var uri, out fault) ? new KeyLocation.TokenSealedFile(Path.GetFullPath(text[Sealed.Length..comma]), uri, secrets.PinOf(uri)) : null;
        if (location is null)
            fault ??= $"must name {SystemdCredential.ExpectedName} behind credential:";
        else
            fault = secrets.Unused(location);
        return fault is null && location is not null;
    }

    private static KeyLocation.SealedFile SealedFile(string path, KeySecrets secrets) => new(path, secrets.PassphraseOf(path));

    private static bool TryUri(string text, [NotNullWhen(true)] out Pkcs11Uri? uri, [NotNullWhen(false)] out string? fault)
    {
        if (Pkcs11Uri.TryParse(text, out uri, out fault))
            return true;
        fault = $"is no URI of a key on a token: {fault}";
        return false;
    }
}
