using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Shows that a secret key is that of its public key, itself and blinded, by signing and verifying.</summary>
internal static class KeyVerification
{
    /// <summary>Nothing else that these keys sign begins so: what is signed here is of use to nobody.</summary>
    private static ReadOnlySpan<byte> Prefix => "OnionBalance.Split key verification v1\0"u8;

    /// <summary>What is wrong, in one line; null when nothing is.</summary>
    public static string? Fault(IdentitySecretKey key, TimePeriod period)
    {
        byte[] message = [.. Prefix, .. RandomNumberGenerator.GetBytes(32)];
        var signature = new byte[64];
        key.Sign(message, signature);
        if (!key.PublicKey.Verify(message, signature))
            return "a signature by the key does not verify under its public key";
        using var blinded = key.Blind(period);
        if (blinded.PublicKey != key.PublicKey.Blind(period))
            return "the key blinded and the public key blinded are not of one pair";
        blinded.Sign(message, signature);
        return blinded.PublicKey.Verify(message, signature) ? null : "a signature by the blinded key does not verify";
    }
}
