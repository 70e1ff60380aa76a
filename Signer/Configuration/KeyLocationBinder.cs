using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Configuration;

/// <summary>A service's "key" mapping. Opens nothing.</summary>
internal static class KeyLocationBinder
{
    public static KeyLocation Bind(ConfigurationSection service)
    {
        var key = service.Section("key");
        var file = key.OptionalFilePath("file");
        var credential = key.OptionalValue<string>("credential", SystemdCredential.TryName, SystemdCredential.ExpectedName);
        var sealedFile = key.OptionalFilePath("sealed_file");
        var token = key.OptionalValue<Pkcs11Uri>("token", TryUri, "an RFC 7512 URI with module-path, such as pkcs11:token=shop;object=key?module-path=/usr/lib/softhsm/libsofthsm2.so");
        // Each place has one name; only a file sealed by a token has two.
        var named = ((string[])["file", "credential", "sealed_file", "token"]).Where(key.Has).ToArray();
        if (!key.IsMissing && named is not ([_] or ["sealed_file", "token"]))
            service.Problem("key", "must name one place: file, credential, sealed_file, token, or sealed_file and token");
        if (token is not null)
        {
            var pin = SecretSourceBinder.Bind(key, "pin");
            return sealedFile is null ? new KeyLocation.TokenObject(token, pin) : new KeyLocation.TokenSealedFile(sealedFile, token, pin);
        }

        if (sealedFile is not null)
            return new KeyLocation.SealedFile(sealedFile, SecretSourceBinder.Bind(key, "passphrase"));
        return credential is null ? new KeyLocation.File(file ?? "") : new KeyLocation.Credential(credential);
    }

    private static bool TryUri(string text, out Pkcs11Uri uri)
    {
        var good = Pkcs11Uri.TryParse(text, out var parsed, out _);
        uri = parsed!;
        return good;
    }
}
