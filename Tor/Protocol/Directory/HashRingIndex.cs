using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>[WHERE-HSDESC] of rend-spec-v3 2.2.3: places on the hash ring.</summary>
public static class HashRingIndex
{
    /// <summary>
    /// hs_index: SHA3-256("store-at-idx" | blinded_public_key | INT_8(replicanum) | INT_8(period_length) |
    /// INT_8(period_num)). Replicas count from 1.
    /// </summary>
    public static Bytes32 OfService(Bytes32 blindedKey, TimePeriod period, int replica)
    {
        Span<byte> input = stackalloc byte[12 + 32 + 24];
        "store-at-idx"u8.CopyTo(input);
        blindedKey.Span.CopyTo(input[12..]);
        BinaryPrimitives.WriteInt64BigEndian(input[44..], replica);
        BinaryPrimitives.WriteUInt64BigEndian(input[52..], period.LengthMinutes);
        BinaryPrimitives.WriteUInt64BigEndian(input[60..], period.Number);
        return Hash(input);
    }

    /// <summary>
    /// hsdir_index: SHA3-256("node-idx" | node_identity | shared_random_value | INT_8(period_num) |
    /// INT_8(period_length)); the last two stand the other way round than in hs_index.
    /// </summary>
    public static Bytes32 OfRelay(Bytes32 ed25519Identity, Bytes32 sharedRandom, TimePeriod period)
    {
        Span<byte> input = stackalloc byte[8 + 32 + 32 + 16];
        "node-idx"u8.CopyTo(input);
        ed25519Identity.Span.CopyTo(input[8..]);
        sharedRandom.Span.CopyTo(input[40..]);
        BinaryPrimitives.WriteUInt64BigEndian(input[72..], period.Number);
        BinaryPrimitives.WriteUInt64BigEndian(input[80..], period.LengthMinutes);
        return Hash(input);
    }

    private static Bytes32 Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> digest = stackalloc byte[Bytes32.Length];
        SHA3_256.HashData(input, digest);
        return Bytes32.Create(digest);
    }
}
