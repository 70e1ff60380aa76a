using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// The cipher key of rend-spec-v3 appendix F.2 for one time period: a one-way hash of KS_hs_blind_id, so it gives nothing
/// of that key back. Who has it can compute the period's revision counters, and tell from a counter when its descriptor
/// was made; a private value for that reason, but one that may leave the Signer.
/// </summary>
public readonly record struct RevisionCounterKey(Bytes32 Bytes)
{
    public static RevisionCounterKey Of(BlindedSecretKey blindedKey)
    {
        ArgumentNullException.ThrowIfNull(blindedKey);
        Span<byte> key = stackalloc byte[Bytes32.Length];
        RevisionCounter.DeriveKey(blindedKey.Expanded, key);
        GC.KeepAlive(blindedKey);
        return new RevisionCounterKey(Bytes32.Create(key));
    }

    public override string ToString() => "[revision counter key]";
}
