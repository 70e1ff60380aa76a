using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>
/// What two people compare to know that a file arrived as it left. A request bears no signature: that the one granted is
/// the one asked for is known only so.
/// </summary>
public static class DelegationFingerprint
{
    private const int GroupLength = 8;

    /// <summary>SHA3-256 of the whole file, in small hex, in eight groups: "openssl dgst -sha3-256 FILE" gives the same.</summary>
    public static string Of(ReadOnlySpan<byte> text) => string.Join(' ', HexOf(text).Chunk(GroupLength).Select(group => new string(group)));

    /// <summary>The same in one piece.</summary>
    public static string HexOf(ReadOnlySpan<byte> text)
    {
        Span<byte> digest = stackalloc byte[SHA3_256.HashSizeInBytes];
        SHA3_256.HashData(text, digest);
        return Convert.ToHexStringLower(digest);
    }
}
