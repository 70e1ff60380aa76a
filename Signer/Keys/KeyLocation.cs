using System.Diagnostics;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Where the configuration says that a permanent key is. <see cref="KeyStores"/> opens it.</summary>
internal abstract record KeyLocation
{
    private KeyLocation()
    {
    }

    /// <summary>What a key takes up there: a path, or the URI of an object.</summary>
    public string Output => this switch
    {
        File file => file.Path,
        Credential credential => credential.Name,
        SealedFile file => file.Path,
        TokenObject token => token.Uri.Text,
        TokenSealedFile file => file.Path,
        _ => throw new UnreachableException(),
    };

    /// <summary>The token that it takes to open it; null for none.</summary>
    public Pkcs11Uri? Token => this switch
    {
        TokenObject token => token.Uri,
        TokenSealedFile file => file.Uri,
        _ => null,
    };

    /// <summary>The secret that it takes to open it; null for none.</summary>
    public SecretSource? Secret => this switch
    {
        SealedFile file => file.Passphrase,
        TokenObject token => token.Pin,
        TokenSealedFile file => file.Pin,
        _ => null,
    };

    /// <summary>The same place once the key is there: a passphrase that was asked for as a new one is no longer new.</summary>
    public KeyLocation Made() => this is SealedFile { Passphrase: SecretSource.Prompt prompt } file
        ? file with { Passphrase = prompt with { Twice = false } }
        : this;

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
