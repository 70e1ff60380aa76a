using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Where the operator says that the secrets of one place are read from; what is null is asked for on the terminal.</summary>
/// <param name="Passphrase">Of a sealed file.</param>
/// <param name="Pin">Of a token.</param>
/// <param name="IsNew">A new passphrase is asked for twice.</param>
internal sealed record KeySecrets(SecretSource? Passphrase, SecretSource? Pin, bool IsNew)
{
    public SecretSource PassphraseOf(string path) =>
        Passphrase ?? new SecretSource.Prompt($"Passphrase of {path}", Twice: IsNew);

    public SecretSource PinOf(Pkcs11Uri uri) => Pin ?? new SecretSource.Prompt($"PIN of the token {uri.Token ?? uri.Serial ?? $"in slot {uri.SlotId}"}", Twice: false);

    /// <summary>A secret that was named in vain points to a mistake in the place.</summary>
    public string? Unused(KeyLocation location) =>
        Passphrase is not null && location is not KeyLocation.SealedFile ? "has no passphrase, but one is named: only sealed:PATH has"
        : Pin is not null && location is not (KeyLocation.TokenObject or KeyLocation.TokenSealedFile) ? "is on no token, but a PIN is named"
        : null;
}
