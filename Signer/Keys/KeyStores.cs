using System.Diagnostics;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>The one place that knows every kind of key store.</summary>
internal static class KeyStores
{
    /// <summary>Reads nothing yet: what is wrong with the place is told by the store's TryOpen.</summary>
    public static IIdentityKeyStore Open(KeyLocation location) => location switch
    {
        KeyLocation.File file => new FileIdentityKeyStore(file.Path),
        KeyLocation.Credential credential => new CredentialIdentityKeyStore(credential.Name),
        KeyLocation.SealedFile file => new SealedFileIdentityKeyStore(file.Path, file.Passphrase),
        KeyLocation.TokenObject token => new TokenObjectKeyStore(token.Uri, token.Pin.TryRead),
        KeyLocation.TokenSealedFile file => new TokenSealedKeyStore(file.Path, file.Uri, file.Pin.TryRead),
        _ => throw new UnreachableException(),
    };
}
