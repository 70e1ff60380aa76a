using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>
/// KP_hs_id (rend-spec-v3 1.9): the public half of an onion service's permanent key, a point of the prime-order group.
/// It is the onion address, so it prints redacted.
/// </summary>
public readonly record struct IdentityPublicKey
{
    private IdentityPublicKey(Bytes32 bytes) => Bytes = bytes;

    /// <summary>A, 32 bytes.</summary>
    public Bytes32 Bytes { get; }

    /// <summary>False for other lengths, non-canonical encodings, and points of small or mixed order (A.1, A.2).</summary>
    public static bool TryCreate(ReadOnlySpan<byte> bytes, out IdentityPublicKey key)
    {
        var valid = Bytes32.TryCreate(bytes, out var value) && Sodium.crypto_core_ed25519_is_valid_point(bytes) == 1;
        key = valid ? new IdentityPublicKey(value) : default;
        return valid;
    }

    /// <summary>KP_hs_blind_id of one time period (A.2).</summary>
    /// <exception cref="InvalidOperationException">On the default value, which is no key.</exception>
    public BlindedPublicKey Blind(TimePeriod period)
    {
        Span<byte> factor = stackalloc byte[32];
        KeyBlinding.Factor(Bytes, period, factor);
        return KeyBlinding.TryBlind(Bytes, factor, out var blinded)
            ? new BlindedPublicKey(blinded)
            : throw new InvalidOperationException("The identity key is not set.");
    }

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        ExpandedEd25519.Verify(Bytes, message, signature);

    public override string ToString() => OnionAddress.From(this).ToString();
}
