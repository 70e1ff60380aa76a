using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>N_hs_subcred (rend-spec-v3 2.1): what a reader must know to decrypt the descriptors of one time period.</summary>
public readonly record struct Subcredential(Bytes32 Bytes)
{
    /// <summary>H("subcredential" | H("credential" | KP_hs_id) | KP_hs_blind_id).</summary>
    public static Subcredential Compute(IdentityPublicKey identity, BlindedPublicKey blinded)
    {
        Span<byte> digest = stackalloc byte[32];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA3_256);
        hash.AppendData("credential"u8);
        hash.AppendData(identity.Bytes.Span);
        _ = hash.GetHashAndReset(digest);
        hash.AppendData("subcredential"u8);
        hash.AppendData(digest);
        hash.AppendData(blinded.Bytes.Span);
        _ = hash.GetHashAndReset(digest);
        return new Subcredential(Bytes32.Create(digest));
    }

    public override string ToString() => "[subcredential]";
}
