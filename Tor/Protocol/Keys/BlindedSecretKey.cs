using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>
/// KS_hs_blind_id (rend-spec-v3 1.9): the permanent key blinded for one time period. Whoever has it can compute the
/// permanent key, so it stays in guarded memory and never leaves the process.
/// </summary>
public sealed class BlindedSecretKey : IDisposable
{
    private readonly SecretBytes _expanded;

    internal BlindedSecretKey(SecretBytes expanded)
    {
        _expanded = expanded;
        PublicKey = ExpandedEd25519.TryPublicKey(expanded.Span, out var point)
            ? new BlindedPublicKey(point)
            : throw new InvalidOperationException("The blinded key is no key.");
    }

    /// <summary>KP_hs_blind_id, derived from this secret: five times faster than blinding the public key.</summary>
    public BlindedPublicKey PublicKey { get; }

    /// <summary>
    /// a' and RH', 64 bytes, of which the key of appendix F.2's cipher is made. Keep this object alive while the span is
    /// in use.
    /// </summary>
    internal ReadOnlySpan<byte> Expanded => _expanded.Span;

    /// <summary>Signs into <paramref name="signature"/> (64 bytes).</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ExpandedEd25519.Sign(_expanded.Span, PublicKey.Bytes, message, signature);
        GC.KeepAlive(_expanded);
    }

    public void Dispose() => _expanded.Dispose();

    public override string ToString() => $"KS_hs_blind_id of {PublicKey.Bytes}";
}
