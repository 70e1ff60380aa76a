using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>How a key is derived from a passphrase by Argon2id 1.3; written in the sealed file.</summary>
/// <param name="Passes">Argon2's t, 1 to 16.</param>
/// <param name="MemoryKib">Argon2's m, KiB, 8 to 1 GiB.</param>
/// <param name="Salt">16 random bytes, big endian.</param>
public readonly record struct PassphraseDerivation(uint Passes, uint MemoryKib, UInt128 Salt)
{
    /// <summary>What a file may ask for: a forged one must not take the host's memory or hours of its time.</summary>
    public bool IsBearable => Passes is >= 1 and <= 16 && MemoryKib is >= 8 and <= 1024 * 1024;

    /// <summary>A new salt; by default libsodium's "moderate" cost: three passes over 256 MiB, about a second.</summary>
    public static PassphraseDerivation Create(uint passes = 3, uint memoryKib = 256 * 1024)
    {
        Span<byte> salt = stackalloc byte[16];
        Sodium.randombytes_buf(salt, (nuint)salt.Length);
        return new PassphraseDerivation(passes, memoryKib, BinaryPrimitives.ReadUInt128BigEndian(salt));
    }
}

/// <summary>A key-encryption key (XChaCha20-Poly1305, 32 bytes) derived from a passphrase, in guarded memory.</summary>
public sealed class PassphraseKey : IDisposable
{
    private const int Argon2Id13 = 2;

    private PassphraseKey(PassphraseDerivation derivation, SecretBytes key)
    {
        Derivation = derivation;
        Key = key;
    }

    public PassphraseDerivation Derivation { get; }

    internal SecretBytes Key { get; }

    /// <summary>Takes about a second and the derivation's memory; false when it asks for too much, or more than the system gives.</summary>
    public static bool TryDerive(ReadOnlySpan<byte> passphrase, PassphraseDerivation derivation, [NotNullWhen(true)] out PassphraseKey? key)
    {
        key = null;
        if (!derivation.IsBearable)
            return false;
        Span<byte> salt = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(salt, derivation.Salt);
        var bytes = SecretBytes.Allocate(32);
        if (Sodium.crypto_pwhash(bytes.Span, 32, passphrase, (ulong)passphrase.Length, salt, derivation.Passes, (nuint)derivation.MemoryKib * 1024, Argon2Id13) == 0)
            key = new PassphraseKey(derivation, bytes);
        else
            bytes.Dispose();
        return key is not null;
    }

    public void Dispose() => Key.Dispose();
}
