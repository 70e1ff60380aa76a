using System.Numerics;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// The Ed25519 form of a curve25519 public key: y = (u - 1) / (u + 1) mod p, sign bit 0 (as C tor's
/// ed25519_public_key_from_curve25519_public_key). Public values only: the arithmetic is not constant-time.
/// </summary>
internal static class Curve25519Form
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;

    internal static Bytes32 ToEd25519(X25519PublicKey key)
    {
        var u = Coordinate(key);
        var y = (u + P - 1) * BigInteger.ModPow(u + 1, P - 2, P) % P;
        Span<byte> bytes = stackalloc byte[32];
        bytes.Clear();
        _ = y.TryWriteBytes(bytes, out _, isUnsigned: true);
        return Bytes32.Create(bytes);
    }

    /// <summary>Whether it is that form: y (u + 1) = u - 1 mod p, a hundred times faster to ask than y to find.</summary>
    internal static bool IsEd25519(Bytes32 form, X25519PublicKey key)
    {
        var u = Coordinate(key);
        var y = new BigInteger(form.Span, isUnsigned: true);
        return y < P && (u + 1 == P ? y.IsZero : ((y * (u + 1)) - (u - 1)) % P == 0);
    }

    /// <summary>u, reduced, without the bit that RFC 7748 ignores.</summary>
    private static BigInteger Coordinate(X25519PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[32];
        key.Bytes.Span.CopyTo(bytes);
        bytes[31] &= 0x7F;
        return new BigInteger(bytes, isUnsigned: true) % P;
    }
}
