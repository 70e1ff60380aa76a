using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>KP_hs_blind_id (rend-spec-v3 1.9): the identity key of one time period, under which HSDirs file descriptors.</summary>
public readonly record struct BlindedPublicKey(Bytes32 Bytes)
{
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        ExpandedEd25519.Verify(Bytes, message, signature);
}
