using System.Diagnostics;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>The one place that knows every kind of key store.</summary>
internal static class KeyStores
{
    /// <summary>Reads nothing yet: what is wrong with the place is told by the store's TryOpen.</summary>
    /// <param name="location">Where the key is.</param>
    /// <param name="tokens">The process's PKCS#11 modules: one owner for all stores.</param>
    public static IIdentityKeyStore Open(KeyLocation location, TokenModules tokens) => location switch
    {
        KeyLocation.File file => new FileIdentityKeyStore(file.Path),
        KeyLocation.Credential credential => new CredentialIdentityKeyStore(credential.Name),
        KeyLocation.SealedFile file => new SealedFileIdentityKeyStore(file.Path, file.Passphrase),
        KeyLocation.TokenObject token => new TokenObjectKeyStore(token.Uri, token.Pin, tokens),
        KeyLocation.TokenSealedFile file => new TokenSealedKeyStore(file.Path, file.Uri, file.Pin, tokens),
        _ => throw new UnreachableException(),
    };
}
