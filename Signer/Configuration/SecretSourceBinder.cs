using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Keys;

namespace OnionBalance.Split.Signer.Configuration;

/// <summary>The mapping under "passphrase" or "pin": where it is read from. Opens nothing.</summary>
internal static class SecretSourceBinder
{
    public static SecretSource Bind(ConfigurationSection parent, string key)
    {
        var section = parent.Section(key);
        var file = section.OptionalFilePath("file");
        var credential = section.OptionalValue<string>("credential", SystemdCredential.TryName, SystemdCredential.ExpectedName);
        var descriptor = section.Number("descriptor", SecretSource.FirstDescriptor, SecretSource.LastDescriptor, fallback: SecretSource.FirstDescriptor);
        if (!section.IsMissing && ((string[])["file", "credential", "descriptor"]).Count(section.Has) != 1)
            parent.Problem(key, "must name one place: file, credential or descriptor");
        return file is not null ? new SecretSource.File(file)
            : credential is not null ? new SecretSource.Credential(credential)
            : new SecretSource.Descriptor(descriptor);
    }
}
