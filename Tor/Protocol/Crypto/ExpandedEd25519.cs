using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Crypto;

/// <summary>
/// Ed25519 (RFC 8032) with an expanded secret key: scalar a (32 bytes) and nonce prefix RH (32 bytes). libsodium signs
/// from seeds only, and a blinded key has none, so the equation S = r + H(R | A | M) a stands here, over its scalars.
/// </summary>
internal static class ExpandedEd25519
{
    internal const int SecretLength = 64;
    internal const int SignatureLength = 64;

    /// <summary>RFC 8032 5.1.5: SHA-512 of the seed, clamped.</summary>
    internal static void Expand(ReadOnlySpan<byte> seed, Span<byte> expanded)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, 32);
        Sha512.Hash(expanded, seed);
        Clamp(expanded[..32]);
    }

    internal static void Clamp(Span<byte> scalar)
    {
        scalar[0] &= 0xF8;
        scalar[31] &= 0x7F;
        scalar[31] |= 0x40;
    }

    internal static bool IsClamped(ReadOnlySpan<byte> scalar) => (scalar[0] & 7) == 0 && (scalar[31] & 0xC0) == 0x40;

    /// <summary>A = aB; false for a scalar that is a multiple of l.</summary>
    internal static bool TryPublicKey(ReadOnlySpan<byte> expanded, out Bytes32 publicKey)
    {
        Span<byte> point = stackalloc byte[32];
        var made = Sodium.crypto_scalarmult_ed25519_base_noclamp(point, expanded[..32]) == 0;
        publicKey = made ? Bytes32.Create(point) : default;
        return made;
    }

    internal static void Sign(ReadOnlySpan<byte> expanded, in Bytes32 publicKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(expanded.Length, SecretLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, SignatureLength);
        Span<byte> wide = stackalloc byte[64];
        Span<byte> nonce = stackalloc byte[32];
        Span<byte> product = stackalloc byte[32];
        Span<byte> challenge = stackalloc byte[32];
        Sha512.Hash(wide, expanded[32..], message);
        Sodium.crypto_core_ed25519_scalar_reduce(nonce, wide);
        var made = Sodium.crypto_scalarmult_ed25519_base_noclamp(signature[..32], nonce) == 0;
        Sha512.Hash(wide, signature[..32], publicKey.Span, message);
        Sodium.crypto_core_ed25519_scalar_reduce(challenge, wide);
        Sodium.crypto_core_ed25519_scalar_mul(product, challenge, expanded[..32]);
        Sodium.crypto_core_ed25519_scalar_add(signature[32..], nonce, product);
        CryptographicOperations.ZeroMemory(nonce);
        CryptographicOperations.ZeroMemory(product);
        // A wrong signature could give the key away, so none leaves that does not verify.
        if (!made || !Verify(publicKey, message, signature))
        {
            signature.Clear();
            throw new CryptographicException("A signature did not verify under its own key; nothing was released.");
        }
    }

    internal static bool Verify(in Bytes32 publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength
        && Sodium.crypto_sign_ed25519_verify_detached(signature, message, (ulong)message.Length, publicKey.Span) == 0;
}
