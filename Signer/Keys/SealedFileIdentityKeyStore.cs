using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>
/// A permanent key in a file sealed by a passphrase. The passphrase is read and Argon2id run once; what stays is the
/// key-encryption key in guarded memory, until the file has another salt.
/// </summary>
internal sealed class SealedFileIdentityKeyStore(string path, SecretSource passphrase) : INewKeyStore
{
    private readonly Lock _gate = new();
    private PassphraseKey? _passphraseKey;

    public string Description => $"{path}, sealed by a passphrase";

    public bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        lock (_gate)
        {
            key = null;
            if (!PrivateFile.TryRead(path, SealedKeyFile.Length, out var file, out fault))
                return false;
            using (file)
            {
                try
                {
                    return TryOpenPatiently(file.Span, out key, out fault);
                }
                catch (InvalidOperationException exception)
                {
                    fault = $"{path}: {exception.Message}";
                    return false;
                }
            }
        }
    }

    public bool TryCheckRoom([NotNullWhen(false)] out string? fault) => NewFile.TryCheckRoom(path, out fault);

    /// <summary>Keeps the derived key, so that the file can be read back without asking for the passphrase again.</summary>
    public bool TryCreate(IdentitySecretKey key, [NotNullWhen(false)] out string? fault)
    {
        lock (_gate)
        {
            if (!NewPassphrase.TryRead(passphrase, path, out var secret, out fault) || !TryDerive(secret, PassphraseDerivation.Create(), out var passphraseKey, out fault))
                return false;
            _passphraseKey?.Dispose();
            _passphraseKey = passphraseKey;
            return NewFile.TryWrite(path, SealedKeyFile.Seal(key, passphraseKey), out fault);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _passphraseKey?.Dispose();
            _passphraseKey = null;
        }
    }

    /// <summary>Who is asked on a terminal may slip, and is asked again.</summary>
    private bool TryOpenPatiently(ReadOnlySpan<byte> file, [NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (TryOpen(file, out key, out fault))
                return true;
            if (attempt == NewPassphrase.Attempts || !SealedKeyFile.TryReadDerivation(file, out _) || !passphrase.TryTellSlip(fault))
                return false;
        }
    }

    private bool TryOpen(ReadOnlySpan<byte> file, [NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        if (!SealedKeyFile.TryReadDerivation(file, out var derivation))
        {
            fault = $"{path} is not a file that 'key seal' of this version made";
            return false;
        }

        fault = null;
        var known = _passphraseKey?.Derivation == derivation ? _passphraseKey : null;
        if (known is null && (!passphrase.TryRead(out var secret, out fault) || !TryDerive(secret, derivation, out known, out fault)))
            return false;
        if (SealedKeyFile.TryOpen(file, known, out key))
        {
            if (known != _passphraseKey)
                _passphraseKey?.Dispose();
            _passphraseKey = known;
            return true;
        }

        if (known != _passphraseKey)
            known.Dispose();
        fault = $"{path} cannot be unsealed: the passphrase is not the one it was sealed with, or the file was changed";
        return false;
    }

    /// <summary>Disposes of the secret.</summary>
    private bool TryDerive(SecretBytes secret, PassphraseDerivation derivation, [NotNullWhen(true)] out PassphraseKey? key, [NotNullWhen(false)] out string? fault)
    {
        using (secret)
        {
            fault = PassphraseKey.TryDerive(secret.Span, derivation, out key)
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"the passphrase of {path} cannot be used: that takes {derivation.MemoryKib / 1024} MiB of memory, which the system does not give");
        }

        return key is not null;
    }
}
