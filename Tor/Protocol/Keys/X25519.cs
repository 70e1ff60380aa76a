using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>An X25519 public key (RFC 7748): KP_hss_ntor, a relay's ntor key, a client's authorization key.</summary>
public readonly record struct X25519PublicKey(Bytes32 Bytes);

/// <summary>An X25519 secret key, 32 bytes in guarded memory.</summary>
public sealed class X25519SecretKey : IDisposable
{
    private readonly SecretBytes _scalar;

    private X25519SecretKey(SecretBytes scalar)
    {
        _scalar = scalar;
        Span<byte> point = stackalloc byte[32];
        _ = Sodium.crypto_scalarmult_curve25519_base(point, scalar.Span);
        PublicKey = new X25519PublicKey(Bytes32.Create(point));
    }

    public X25519PublicKey PublicKey { get; }

    public static X25519SecretKey Generate() => new(SecretBytes.Random(32));

    /// <summary>From exactly 32 bytes, of which a copy is taken.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> scalar, [NotNullWhen(true)] out X25519SecretKey? key)
    {
        key = scalar.Length == 32 ? new X25519SecretKey(SecretBytes.CopyOf(scalar)) : null;
        return key is not null;
    }

    /// <summary>The shared secret, 32 bytes; false when the other key is of small order.</summary>
    public bool TryAgree(X25519PublicKey other, Span<byte> shared)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(shared.Length, 32);
        var agreed = Sodium.crypto_scalarmult_curve25519(shared, _scalar.Span, other.Bytes.Span) == 0;
        GC.KeepAlive(_scalar);
        return agreed;
    }

    public void Dispose() => _scalar.Dispose();
}
