using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// An introduction point (rend-spec-v3 2.5.2.2): a relay, and the keys by which an instance can be reached through it.
/// The certificates that bind it to one descriptor are no part of it: each descriptor has its own.
/// </summary>
public sealed record IntroductionPoint
{
    private readonly Lazy<Bytes32> _encKeyForm;

    private IntroductionPoint(
        ImmutableArray<byte> linkSpecifiers, Bytes32? relayIdentity, string? relayFingerprint, X25519PublicKey onionKey, Ed25519PublicKey authKey, X25519PublicKey encKey)
    {
        LinkSpecifiers = linkSpecifiers;
        RelayIdentity = relayIdentity;
        RelayFingerprint = relayFingerprint;
        OnionKey = onionKey;
        AuthKey = authKey;
        EncKey = encKey;
        _encKeyForm = new Lazy<Bytes32>(() => Curve25519Form.ToEd25519(encKey));
    }

    /// <summary>The block of link specifiers as the instance's tor wrote it, byte for byte.</summary>
    public ImmutableArray<byte> LinkSpecifiers { get; }

    /// <summary>The relay's Ed25519 identity, where the link specifiers name it (tor's always do).</summary>
    public Bytes32? RelayIdentity { get; }

    /// <summary>
    /// LSTYPE 02 of tor-spec 5.1.2: the relay's RSA fingerprint, 40 upper-case hex digits, where the link specifiers name it
    /// (tor's always do). Circuit events and tor's clients go by it.
    /// </summary>
    public string? RelayFingerprint { get; }

    /// <summary>"onion-key ntor": the relay's ntor key.</summary>
    public X25519PublicKey OnionKey { get; }

    /// <summary>"auth-key": KP_hs_ipt_sid, one for each introduction point, never used twice.</summary>
    public Ed25519PublicKey AuthKey { get; }

    /// <summary>"enc-key ntor": KP_hss_ntor, the instance's key for the introduction handshake.</summary>
    public X25519PublicKey EncKey { get; }

    /// <summary>The Ed25519 form of the enc-key, which certificates name. Computed once: a point outlives many descriptors.</summary>
    internal Bytes32 EncKeyForm => _encKeyForm.Value;

    /// <summary>False when the link specifiers are no well-formed block, or name an identity twice.</summary>
    public static bool TryCreate(
        ReadOnlySpan<byte> linkSpecifiers,
        X25519PublicKey onionKey,
        Ed25519PublicKey authKey,
        X25519PublicKey encKey,
        [NotNullWhen(true)] out IntroductionPoint? point)
    {
        point = LinkSpecifierBlock.TryRead(linkSpecifiers, out var relay, out var fingerprint)
            ? new IntroductionPoint([.. linkSpecifiers], relay, fingerprint, onionKey, authKey, encKey)
            : null;
        return point is not null;
    }

    /// <summary>The same relay, reached the same way, with the same keys.</summary>
    public bool Equals(IntroductionPoint? other) =>
        other is not null
        && AuthKey == other.AuthKey
        && EncKey == other.EncKey
        && OnionKey == other.OnionKey
        && LinkSpecifiers.AsSpan().SequenceEqual(other.LinkSpecifiers.AsSpan());

    public override int GetHashCode() => AuthKey.GetHashCode();
}
