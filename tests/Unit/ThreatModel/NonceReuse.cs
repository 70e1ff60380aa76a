using System.Numerics;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.ThreatModel;

/// <summary>The arithmetic of one who has signatures: of two with one nonce, and of a blinded scalar.</summary>
internal static class NonceReuse
{
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>a = (S1 - S2) / (h1 - h2) where R is the same and the messages are not; null where nothing can be had.</summary>
    public static byte[]? Scalar(Bytes32 publicKey, (byte[] Message, byte[] Signature) one, (byte[] Message, byte[] Signature) two)
    {
        if (!one.Signature.AsSpan(0, 32).SequenceEqual(two.Signature.AsSpan(0, 32)))
            return null;
        var challenges = Challenge(publicKey, one) - Challenge(publicKey, two);
        return challenges.IsZero ? null : Bytes((Number(one.Signature.AsSpan(32)) - Number(two.Signature.AsSpan(32))) * Inverse(challenges));
    }

    /// <summary>a = a' / h: of KS_hs_blind_id, KS_hs_id.</summary>
    public static byte[] Unblind(ReadOnlySpan<byte> blinded, IdentityPublicKey identity, TimePeriod period)
    {
        Span<byte> factor = stackalloc byte[32];
        KeyBlinding.Factor(identity.Bytes, period, factor);
        return Bytes(Number(blinded) * Inverse(Number(factor)));
    }

    /// <summary>A signer as no one may build it: its nonce does not depend on the message.</summary>
    public static byte[] SignWithOneNonce(ReadOnlySpan<byte> scalar, Bytes32 publicKey, byte[] message)
    {
        var nonce = Bytes(BigInteger.Pow(7, 80));
        var signature = new byte[64];
        Assert.Equal(0, Sodium.crypto_scalarmult_ed25519_base_noclamp(signature, nonce));
        Bytes(Number(nonce) + Challenge(publicKey, (message, signature)) * Number(scalar)).CopyTo(signature, 32);
        Assert.True(ExpandedEd25519.Verify(publicKey, message, signature));
        return signature;
    }

    private static BigInteger Challenge(Bytes32 publicKey, (byte[] Message, byte[] Signature) signed)
    {
        Span<byte> wide = stackalloc byte[64];
        Sha512.Hash(wide, signed.Signature.AsSpan(0, 32), publicKey.Span, signed.Message);
        return Number(wide) % Order;
    }

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow((value % Order + Order) % Order, Order - 2, Order);

    private static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = ((value % Order + Order) % Order).ToByteArray(isUnsigned: true);
        Array.Resize(ref bytes, 32);
        return bytes;
    }
}
