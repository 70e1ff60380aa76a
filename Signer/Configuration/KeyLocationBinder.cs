using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Keys;

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
        if (!key.IsMissing && ((string[])["file", "credential", "sealed_file"]).Count(key.Has) != 1)
            service.Problem("key", "must name one place: file, credential or sealed_file");
        if (sealedFile is not null)
            return new KeyLocation.SealedFile(sealedFile, SecretSourceBinder.Bind(key, "passphrase"));
        return credential is null ? new KeyLocation.File(file ?? "") : new KeyLocation.Credential(credential);
    }
}
