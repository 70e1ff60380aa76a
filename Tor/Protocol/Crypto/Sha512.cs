using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Crypto;

/// <summary>SHA-512 over secrets: its state lives on the stack and is wiped, which .NET's own does not promise.</summary>
internal static class Sha512
{
    internal const int Length = 64;

    internal static void Hash(Span<byte> digest, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, Length);
        var state = default(Sodium.Sha512State);
        _ = Sodium.crypto_hash_sha512_init(ref state);
        Update(ref state, first);
        Update(ref state, second);
        Update(ref state, third);
        _ = Sodium.crypto_hash_sha512_final(ref state, digest);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref state, 1)));
    }

    private static void Update(ref Sodium.Sha512State state, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty)
            _ = Sodium.crypto_hash_sha512_update(ref state, data, (ulong)data.Length);
    }
}
