using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>[HS-DESC-ENC] rend-spec-v3 2.5.3: SALT (16) | ENCRYPTED | MAC (32), by AES-256-CTR and SHA3-256.</summary>
internal static class LayerEncryption
{
    internal const int SaltLength = 16;

    /// <summary>What a layer is longer than its plaintext.</summary>
    internal const int Overhead = SaltLength + MacLength;

    private const int MacLength = 32;

    /// <summary>Encrypts under a fresh salt.</summary>
    internal static byte[] Encrypt(in LayerSecret secret, ReadOnlySpan<byte> plaintext)
    {
        var layer = new byte[plaintext.Length + Overhead];
        RandomNumberGenerator.Fill(layer.AsSpan(0, SaltLength));
        plaintext.CopyTo(layer.AsSpan(SaltLength));
        Span<byte> keys = stackalloc byte[LayerSecret.KeysLength];
        secret.DeriveKeys(layer.AsSpan(0, SaltLength), keys);
        AesCtr.Transform(keys[..32], keys[32..48], layer.AsSpan(SaltLength, plaintext.Length));
        Mac(keys[48..], layer.AsSpan(0, SaltLength + plaintext.Length), layer.AsSpan(SaltLength + plaintext.Length));
        CryptographicOperations.ZeroMemory(keys);
        return layer;
    }

    /// <summary>False when there is nothing inside, or when the MAC does not match, which a wrong secret looks like too.</summary>
    internal static bool TryDecrypt(in LayerSecret secret, ReadOnlySpan<byte> layer, out byte[] plaintext)
    {
        plaintext = [];
        if (layer.Length <= Overhead)
            return false;
        Span<byte> keys = stackalloc byte[LayerSecret.KeysLength];
        Span<byte> mac = stackalloc byte[MacLength];
        secret.DeriveKeys(layer[..SaltLength], keys);
        Mac(keys[48..], layer[..^MacLength], mac);
        var authentic = CryptographicOperations.FixedTimeEquals(mac, layer[^MacLength..]);
        if (authentic)
        {
            plaintext = layer[SaltLength..^MacLength].ToArray();
            AesCtr.Transform(keys[..32], keys[32..48], plaintext);
        }

        CryptographicOperations.ZeroMemory(keys);
        return authentic;
    }

    /// <summary>SHA3-256(INT_8(len(MAC_KEY)) | MAC_KEY | INT_8(len(SALT)) | SALT | ENCRYPTED).</summary>
    private static void Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> saltAndEncrypted, Span<byte> mac)
    {
        Span<byte> length = stackalloc byte[8];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA3_256);
        BinaryPrimitives.WriteInt64BigEndian(length, key.Length);
        hash.AppendData(length);
        hash.AppendData(key);
        BinaryPrimitives.WriteInt64BigEndian(length, SaltLength);
        hash.AppendData(length);
        hash.AppendData(saltAndEncrypted);
        _ = hash.GetHashAndReset(mac);
    }
}
