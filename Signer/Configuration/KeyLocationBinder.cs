using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Configuration;

/// <summary>A mapping that says where a key is, as under a service's "key". Opens nothing.</summary>
internal static class KeyLocationBinder
{
    public static KeyLocation Bind(ConfigurationSection service) =>
        Bind(service.Section("key"), message => service.Problem("key", message), asked: null);

    /// <param name="key">The mapping.</param>
    /// <param name="tell">Takes what is wrong with the mapping as a whole.</param>
    /// <param name="asked">What secrets that are left out become: asked for on a terminal. Null where there is nobody to ask.</param>
    public static KeyLocation Bind(ConfigurationSection key, Action<string> tell, KeySecrets? asked)
    {
        var file = key.OptionalFilePath("file");
        var credential = key.OptionalValue<string>("credential", SystemdCredential.TryName, SystemdCredential.ExpectedName);
        var sealedFile = key.OptionalFilePath("sealed_file");
        var token = Token(key);
        // Each place has one name; only a file sealed by a token has two.
        var named = ((string[])["file", "credential", "sealed_file", "token"]).Where(key.Has).ToArray();
        if (!key.IsMissing && named is not ([_] or ["sealed_file", "token"]))
            tell("must name one place: file, credential, sealed_file, token, or sealed_file and token");
        if (key.Has("token"))
        {
            var pin = asked is not null && token is not null && !key.Has("pin") ? asked.PinOf(token) : SecretSourceBinder.Bind(key, "pin");
            return token is null ? new KeyLocation.File("") : sealedFile is null ? new KeyLocation.TokenObject(token, pin) : new KeyLocation.TokenSealedFile(sealedFile, token, pin);
        }

        if (sealedFile is not null)
            return new KeyLocation.SealedFile(sealedFile, asked is not null && !key.Has("passphrase") ? asked.PassphraseOf(sealedFile) : SecretSourceBinder.Bind(key, "passphrase"));
        return credential is null ? new KeyLocation.File(file ?? "") : new KeyLocation.Credential(credential);
    }

    /// <summary>The URI, or null when there is none or what is wrong with it was told.</summary>
    private static Pkcs11Uri? Token(ConfigurationSection key)
    {
        Pkcs11Uri? token = null;
        if (key.OptionalValue<string>("token", TryText, "an RFC 7512 URI") is { } text && !Pkcs11Uri.TryParse(text, out token, out var fault))
            key.Problem("token", fault);
        return token;
    }

    private static bool TryText(string text, out string value)
    {
        value = text;
        return true;
    }
}
