using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>KS_hs_desc_sign (rend-spec-v3 1.9): signs descriptors and introduction-point certificates for one time period.</summary>
public sealed class DescriptorSigningKey : IDisposable
{
    private readonly SecretBytes _expanded;

    private DescriptorSigningKey(SecretBytes expanded, Ed25519PublicKey publicKey)
    {
        _expanded = expanded;
        PublicKey = publicKey;
    }

    /// <summary>KP_hs_desc_sign.</summary>
    public Ed25519PublicKey PublicKey { get; }

    public static DescriptorSigningKey Generate()
    {
        using var seed = SecretBytes.Random(32);
        return FromSeed(seed.Span);
    }

    /// <summary>From an RFC 8032 seed of 32 bytes.</summary>
    public static DescriptorSigningKey FromSeed(ReadOnlySpan<byte> seed)
    {
        var expanded = SecretBytes.Allocate(ExpandedEd25519.SecretLength);
        ExpandedEd25519.Expand(seed, expanded.Span);
        return ExpandedEd25519.TryPublicKey(expanded.Span, out var point)
            ? new DescriptorSigningKey(expanded, new Ed25519PublicKey(point))
            : throw new InvalidOperationException("The seed gives no key.");
    }

    /// <summary>Signs into <paramref name="signature"/> (64 bytes).</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ExpandedEd25519.Sign(_expanded.Span, PublicKey.Bytes, message, signature);
        GC.KeepAlive(_expanded);
    }

    public void Dispose() => _expanded.Dispose();

    public override string ToString() => $"KS_hs_desc_sign of {PublicKey.Bytes}";
}
