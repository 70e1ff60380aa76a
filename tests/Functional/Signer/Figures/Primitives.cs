using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Figures;

/// <summary>
/// What the cryptography of one request costs by itself: each libsodium, SHAKE-256, SHA3-256 and AES operation that the
/// request cannot do without, timed alone on as many bytes, times its number. Every signature is verified before it leaves,
/// and the finished descriptors are read back once: both are part of the work.
/// </summary>
/// <param name="points">Introduction points.</param>
/// <param name="copies">Freshly encrypted copies.</param>
/// <param name="inner">Bytes of the inner layer.</param>
/// <param name="middle">Bytes of the middle layer, padded.</param>
/// <param name="outer">Bytes of the descriptor.</param>
internal sealed class Primitives(int points, int copies, int inner, int middle, int outer)
{
    private const int Certificate = 76;
    private const int Times = 200;

    /// <summary>Seconds since the shared random run began, half way: the order-preserving cipher takes two bytes of AES for each.</summary>
    private const int CounterBytes = 2 * 129_600;

    public TimeSpan Sum()
    {
        using var key = IdentitySecretKey.Generate();
        var expanded = new byte[64];
        key.ExportExpanded(expanded);
        var publicKey = key.PublicKey.Bytes.ToArray();
        var point = new byte[32];
        var multiply = ThreadClock.Of(Times, () => Sodium.crypto_scalarmult_ed25519_base_noclamp(point, expanded.AsSpan(0, 32)));
        var check = ThreadClock.Of(Times, () => Sodium.crypto_core_ed25519_is_valid_point(publicKey));
        var certificates = 2 * points;
        // The permanent key's public half, its check, the blinded key's public half, its signature; the read-back blinds the public key once.
        var keys = (2 * multiply) + check + Signature(key, Certificate) + ThreadClock.Of(Times, () => Sodium.crypto_scalarmult_ed25519_noclamp(point, expanded.AsSpan(0, 32), publicKey));
        var signing = (certificates * Signature(key, Certificate)) + (copies * Signature(key, outer));
        var reading = (certificates * Verification(key, Certificate)) + (copies * (Verification(key, Certificate) + Verification(key, outer)));
        var layers = 2 * copies * (Layer(inner) + Layer(middle));
        return keys + signing + reading + layers + Aes256(CounterBytes);
    }

    /// <summary>Nonce, R, challenge, S, and the verification.</summary>
    private static TimeSpan Signature(IdentitySecretKey key, int length)
    {
        var message = new byte[length];
        var signature = new byte[64];
        return ThreadClock.Of(Times, () => key.Sign(message, signature));
    }

    private static TimeSpan Verification(IdentitySecretKey key, int length)
    {
        var message = new byte[length];
        var signature = new byte[64];
        key.Sign(message, signature);
        var publicKey = key.PublicKey.Bytes.ToArray();
        return ThreadClock.Of(Times, () => Sodium.crypto_sign_ed25519_verify_detached(signature, message, (ulong)length, publicKey));
    }

    /// <summary>Key derivation, AES, MAC of one layer, to encrypt or to decrypt it.</summary>
    private static TimeSpan Layer(int length)
    {
        var data = new byte[length];
        var keys = new byte[80];
        var mac = new byte[32];
        var seed = new byte[128];
        return Aes256(length) + ThreadClock.Of(Times, () => Shake256.HashData(seed, keys)) + ThreadClock.Of(Times, () => SHA3_256.HashData(data, mac));
    }

    private static TimeSpan Aes256(int length)
    {
        using var aes = Aes.Create();
        aes.Key = new byte[32];
        var data = new byte[(length + 15) / 16 * 16];
        return ThreadClock.Of(Times, () => aes.EncryptEcb(data, data, PaddingMode.None));
    }
}
