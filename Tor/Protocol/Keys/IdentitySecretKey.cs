using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>
/// KS_hs_id (rend-spec-v3 1.9): the permanent secret key in tor's expanded form, scalar a and nonce prefix RH, 64 bytes
/// in guarded memory. Disposing wipes it.
/// </summary>
public sealed class IdentitySecretKey : IDisposable
{
    /// <summary>Bytes of the expanded form: 64.</summary>
    public const int ExpandedLength = ExpandedEd25519.SecretLength;

    private readonly SecretBytes _expanded;

    private IdentitySecretKey(SecretBytes expanded, IdentityPublicKey publicKey)
    {
        _expanded = expanded;
        PublicKey = publicKey;
    }

    /// <summary>KP_hs_id = aB.</summary>
    public IdentityPublicKey PublicKey { get; }

    /// <summary>A new random key.</summary>
    public static IdentitySecretKey Generate()
    {
        using var seed = SecretBytes.Random(32);
        return FromSeed(seed.Span);
    }

    /// <summary>From an RFC 8032 seed.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static IdentitySecretKey FromSeed(ReadOnlySpan<byte> seed)
    {
        var expanded = SecretBytes.Allocate(ExpandedLength);
        ExpandedEd25519.Expand(seed, expanded.Span);
        return TryTake(expanded, out var key) ? key : throw new InvalidOperationException("The seed gives no key.");
    }

    /// <summary>
    /// From tor's expanded form: exactly 64 bytes with a clamped scalar, anything else is refused. A copy is taken;
    /// wiping the argument stays with the caller.
    /// </summary>
    public static bool TryCreateExpanded(ReadOnlySpan<byte> expanded, [NotNullWhen(true)] out IdentitySecretKey? key)
    {
        key = null;
        return expanded.Length == ExpandedLength
            && ExpandedEd25519.IsClamped(expanded[..32])
            && TryTake(SecretBytes.CopyOf(expanded), out key);
    }

    /// <summary>Writes the 64 bytes of the expanded form, for a key file. The caller wipes what it was given.</summary>
    public void ExportExpanded(Span<byte> destination)
    {
        _expanded.Span.CopyTo(destination);
        GC.KeepAlive(_expanded);
    }

    /// <summary>Whether both are one key, nonce prefix included; in constant time.</summary>
    public bool IsSameAs(IdentitySecretKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var same = CryptographicOperations.FixedTimeEquals(_expanded.Span, other._expanded.Span);
        GC.KeepAlive(_expanded);
        GC.KeepAlive(other);
        return same;
    }

    /// <summary>Signs into <paramref name="signature"/> (64 bytes).</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ExpandedEd25519.Sign(_expanded.Span, PublicKey.Bytes, message, signature);
        GC.KeepAlive(_expanded);
    }

    /// <summary>KS_hs_blind_id of one time period (A.2). It is as precious as this key itself.</summary>
    public BlindedSecretKey Blind(TimePeriod period)
    {
        Span<byte> factor = stackalloc byte[32];
        KeyBlinding.Factor(PublicKey.Bytes, period, factor);
        var blinded = SecretBytes.Allocate(ExpandedLength);
        KeyBlinding.BlindSecret(_expanded.Span, factor, blinded.Span);
        GC.KeepAlive(_expanded);
        return new BlindedSecretKey(blinded);
    }

    public void Dispose() => _expanded.Dispose();

    /// <summary>The public half, redacted; never the secret.</summary>
    public override string ToString() => $"KS_hs_id of {PublicKey}";

    private static bool TryTake(SecretBytes expanded, [NotNullWhen(true)] out IdentitySecretKey? key)
    {
        key = ExpandedEd25519.TryPublicKey(expanded.Span, out var point) && IdentityPublicKey.TryCreate(point.Span, out var publicKey)
            ? new IdentitySecretKey(expanded, publicKey)
            : null;
        if (key is null)
            expanded.Dispose();
        return key is not null;
    }
}
