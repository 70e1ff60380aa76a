using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>
/// A permanent key sealed by a passphrase, 156 bytes: a name of 24; version, passes and KiB of memory of Argon2id (4 each, big
/// endian); salt (16); nonce (24); then the 64 bytes of the expanded key under XChaCha20-Poly1305 and its tag (16), with all
/// that stands before as associated data.
/// </summary>
public static class SealedKeyFile
{
    public const int Length = HeaderLength + IdentitySecretKey.ExpandedLength + TagLength;

    private const uint Version = 1;
    private const int SaltAt = 36;
    private const int NonceAt = 52;
    private const int HeaderLength = 76;
    private const int TagLength = 16;

    private static ReadOnlySpan<byte> Name => "onionbalance-sealed-key\n"u8;

    /// <summary>How the key of a file is derived; false unless it is a whole file of this version that asks for a bearable cost.</summary>
    public static bool TryReadDerivation(ReadOnlySpan<byte> file, out PassphraseDerivation derivation)
    {
        derivation = default;
        if (file.Length != Length || !file.StartsWith(Name) || BinaryPrimitives.ReadUInt32BigEndian(file[24..]) != Version)
            return false;
        derivation = new PassphraseDerivation(
            BinaryPrimitives.ReadUInt32BigEndian(file[28..]),
            BinaryPrimitives.ReadUInt32BigEndian(file[32..]),
            BinaryPrimitives.ReadUInt128BigEndian(file[SaltAt..]));
        return derivation.IsBearable;
    }

    /// <summary>False when the passphrase is not the file's, or any byte of the file was changed.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> file, PassphraseKey passphraseKey, [NotNullWhen(true)] out IdentitySecretKey? key)
    {
        ArgumentNullException.ThrowIfNull(passphraseKey);
        key = null;
        if (!TryReadDerivation(file, out var derivation) || derivation != passphraseKey.Derivation)
            return false;
        using var expanded = SecretBytes.Allocate(IdentitySecretKey.ExpandedLength);
        var sealedText = file[HeaderLength..];
        return Sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                expanded.Span, 0, 0, sealedText, (ulong)sealedText.Length, file[..HeaderLength], HeaderLength, file[NonceAt..HeaderLength], passphraseKey.Key.Span) == 0
            && IdentitySecretKey.TryCreateExpanded(expanded.Span, out key);
    }

    /// <summary>The content of a sealed file, under a new nonce. Nothing in it is secret without the passphrase.</summary>
    public static byte[] Seal(IdentitySecretKey key, PassphraseKey passphraseKey)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(passphraseKey);
        var file = new byte[Length];
        var header = file.AsSpan(0, HeaderLength);
        Name.CopyTo(header);
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], Version);
        BinaryPrimitives.WriteUInt32BigEndian(header[28..], passphraseKey.Derivation.Passes);
        BinaryPrimitives.WriteUInt32BigEndian(header[32..], passphraseKey.Derivation.MemoryKib);
        BinaryPrimitives.WriteUInt128BigEndian(header[SaltAt..], passphraseKey.Derivation.Salt);
        Sodium.randombytes_buf(header[NonceAt..], HeaderLength - NonceAt);
        using var expanded = SecretBytes.Allocate(IdentitySecretKey.ExpandedLength);
        key.ExportExpanded(expanded.Span);
        _ = Sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            file.AsSpan(HeaderLength), 0, expanded.Span, IdentitySecretKey.ExpandedLength, header, HeaderLength, 0, header[NonceAt..], passphraseKey.Key.Span);
        return file;
    }
}
