using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>shared_random_value of rend-spec-v3 2.3: the authorities' value, or a stand-in when they agreed on none.</summary>
public static class SharedRandom
{
    /// <summary>
    /// The disaster value of a period (2.3.1): SHA3-256("shared-random-disaster" | INT_8(period_length) | INT_8(period_num)).
    /// </summary>
    public static Bytes32 Disaster(TimePeriod period)
    {
        Span<byte> input = stackalloc byte[38];
        Span<byte> digest = stackalloc byte[Bytes32.Length];
        "shared-random-disaster"u8.CopyTo(input);
        BinaryPrimitives.WriteUInt64BigEndian(input[22..], period.LengthMinutes);
        BinaryPrimitives.WriteUInt64BigEndian(input[30..], period.Number);
        SHA3_256.HashData(input, digest);
        return Bytes32.Create(digest);
    }
}
