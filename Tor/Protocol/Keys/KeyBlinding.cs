using System.Buffers.Binary;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>[KEYBLIND] rend-spec-v3 A.2: the identity key of one time period.</summary>
internal static class KeyBlinding
{
    /// <summary>h = SHA3-256(BLIND_STRING | A | s | B | N), clamped; s, the optional secret, is empty in today's Tor.</summary>
    internal static void Factor(in Bytes32 identity, TimePeriod period, Span<byte> factor)
    {
        Span<byte> nonce = stackalloc byte[25];
        "key-blind"u8.CopyTo(nonce);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[9..], period.Number);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[17..], period.LengthMinutes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA3_256);
        hash.AppendData("Derive temporary signing key\0"u8);
        hash.AppendData(identity.Span);
        hash.AppendData("(15112221349535400772501151409588531511454012693041857206046113283949847762202, 46316835694926478169428394003475163141307993866256225615783033603165251855960)"u8);
        hash.AppendData(nonce);
        _ = hash.GetHashAndReset(factor);
        ExpandedEd25519.Clamp(factor);
    }

    /// <summary>A' = hA; false when A is no point of the prime-order group.</summary>
    internal static bool TryBlind(in Bytes32 identity, ReadOnlySpan<byte> factor, out Bytes32 blinded)
    {
        Span<byte> point = stackalloc byte[32];
        var made = Sodium.crypto_scalarmult_ed25519_noclamp(point, factor, identity.Span) == 0;
        blinded = made ? Bytes32.Create(point) : default;
        return made;
    }

    /// <summary>a' = ha mod l and RH' = SHA-512("Derive temporary signing key hash input" | RH)[:32]; 64 bytes to 64.</summary>
    internal static void BlindSecret(ReadOnlySpan<byte> expanded, ReadOnlySpan<byte> factor, Span<byte> blinded)
    {
        Span<byte> prefix = stackalloc byte[64];
        Sodium.crypto_core_ed25519_scalar_mul(blinded[..32], factor, expanded[..32]);
        Sha512.Hash(prefix, "Derive temporary signing key hash input"u8, expanded[32..]);
        prefix[..32].CopyTo(blinded[32..]);
        CryptographicOperations.ZeroMemory(prefix);
    }
}
