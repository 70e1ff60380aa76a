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
        var credential = key.OptionalValue<string>("credential", TryCredential, SystemdCredential.ExpectedName);
        if (!key.IsMissing && key.Has("file") == key.Has("credential"))
            service.Problem("key", "must name one place: file or credential");
        return credential is null ? new KeyLocation.File(file ?? "") : new KeyLocation.Credential(credential);
    }

    private static bool TryCredential(string text, out string name)
    {
        name = text;
        return SystemdCredential.IsName(text);
    }
}
