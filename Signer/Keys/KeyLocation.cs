using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Where the configuration says that a permanent key is. <see cref="KeyStores"/> opens it.</summary>
internal abstract record KeyLocation
{
    private KeyLocation()
    {
    }

    /// <summary>tor's key directory, its hs_ed25519_secret_key, or a PKCS#8 PEM file; an absolute path.</summary>
    internal sealed record File(string Path) : KeyLocation;

    /// <summary>The same as one of the credentials that systemd hands to the unit.</summary>
    internal sealed record Credential(string Name) : KeyLocation;

    /// <summary>A file that "key seal" made; an absolute path.</summary>
    internal sealed record SealedFile(string Path, SecretSource Passphrase) : KeyLocation;

    /// <summary>An object on a PKCS#11 token.</summary>
    internal sealed record TokenObject(Pkcs11Uri Uri, SecretSource Pin) : KeyLocation;

    /// <summary>A file sealed under a key of a PKCS#11 token; an absolute path.</summary>
    internal sealed record TokenSealedFile(string Path, Pkcs11Uri Uri, SecretSource Pin) : KeyLocation;
}
