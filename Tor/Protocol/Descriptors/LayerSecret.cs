using System.Buffers.Binary;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>[HS-DESC-ENCRYPTION-KEYS] rend-spec-v3 2.5.3: what the keys of one encrypted layer are derived from.</summary>
internal readonly ref struct LayerSecret
{
    /// <summary>SECRET_KEY (32) | SECRET_IV (16) | MAC_KEY (32).</summary>
    internal const int KeysLength = 80;

    private readonly BlindedPublicKey _blindedKey;
    private readonly Subcredential _subcredential;
    private readonly ulong _revisionCounter;
    private readonly ReadOnlySpan<byte> _cookie;
    private readonly ReadOnlySpan<byte> _constant;

    private LayerSecret(
        BlindedPublicKey blindedKey, Subcredential subcredential, ulong revisionCounter, ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> constant)
    {
        _blindedKey = blindedKey;
        _subcredential = subcredential;
        _revisionCounter = revisionCounter;
        _cookie = cookie;
        _constant = constant;
    }

    /// <summary>Of the middle layer, "superencrypted".</summary>
    internal static LayerSecret OfMiddle(BlindedPublicKey blindedKey, Subcredential subcredential, ulong revisionCounter) =>
        new(blindedKey, subcredential, revisionCounter, [], "hsdir-superencrypted-data"u8);

    /// <summary>Of the inner layer, "encrypted". The descriptor cookie is empty without client authorization.</summary>
    internal static LayerSecret OfInner(
        BlindedPublicKey blindedKey, Subcredential subcredential, ulong revisionCounter, ReadOnlySpan<byte> cookie) =>
        new(blindedKey, subcredential, revisionCounter, cookie, "hsdir-encrypted-data"u8);

    /// <summary>SHAKE-256(KP_hs_blind_id | cookie | N_hs_subcred | INT_8(revision_counter) | salt | constant).</summary>
    internal void DeriveKeys(ReadOnlySpan<byte> salt, Span<byte> keys)
    {
        Span<byte> input = stackalloc byte[32 + ClientAuthorization.CookieLength + 32 + 8 + LayerEncryption.SaltLength + 25];
        var length = 0;
        Add(input, ref length, _blindedKey.Bytes.Span);
        Add(input, ref length, _cookie);
        Add(input, ref length, _subcredential.Bytes.Span);
        BinaryPrimitives.WriteUInt64BigEndian(input[length..], _revisionCounter);
        length += 8;
        Add(input, ref length, salt);
        Add(input, ref length, _constant);
        Shake256.HashData(input[..length], keys[..KeysLength]);
        CryptographicOperations.ZeroMemory(input);
    }

    private static void Add(Span<byte> input, ref int length, ReadOnlySpan<byte> part)
    {
        part.CopyTo(input[length..]);
        length += part.Length;
    }
}
