using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>
/// An Ed25519 public key with no role of its own: KP_hs_desc_sign, KP_hs_ipt_sid, a relay's identity. Any 32 bytes; a
/// key that is no point verifies nothing.
/// </summary>
public readonly record struct Ed25519PublicKey(Bytes32 Bytes)
{
    /// <summary>True when <paramref name="signature"/> (64 bytes) is this key's over <paramref name="message"/>.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        ExpandedEd25519.Verify(Bytes, message, signature);
}
