using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Certificates;

/// <summary>
/// cert-spec 2.1: VERSION 01, CERT_TYPE, EXPIRATION_DATE, CERT_KEY_TYPE, CERTIFIED_KEY, extensions, SIGNATURE. Reading one
/// says nothing about its truth: that is <see cref="TryVerify"/>.
/// </summary>
public sealed record Ed25519Certificate
{
    /// <summary>Bytes of a certificate with the signing key as its only extension: all that tor makes.</summary>
    public const int UsualLength = SignedLength + SignatureLength;

    private const int SignatureLength = 64;
    private const int HeaderLength = 40;
    private const int SignedLength = HeaderLength + 36;
    private const byte FormatVersion = 1;
    internal const byte Ed25519KeyType = 1;
    private const byte SignedWithKey = 4;
    private const byte AffectsValidation = 1;
    private const uint LastHour = 70_000_000;

    private Ed25519Certificate(ReadOnlySpan<byte> encoded, Ed25519PublicKey? signingKey)
    {
        Encoded = [.. encoded];
        Type = (CertificateType)encoded[1];
        ExpirationHours = BinaryPrimitives.ReadUInt32BigEndian(encoded[2..]);
        KeyType = encoded[6];
        CertifiedKey = Bytes32.Create(encoded.Slice(7, 32));
        SigningKey = signingKey;
    }

    /// <summary>The whole certificate, signature included.</summary>
    public ImmutableArray<byte> Encoded { get; }

    /// <summary>Any byte: types that are not named here can be read too.</summary>
    public CertificateType Type { get; }

    /// <summary>EXPIRATION_DATE: hours since the epoch.</summary>
    public uint ExpirationHours { get; }

    /// <summary>The last moment at which it holds; the end of time for what lies beyond the year 9999.</summary>
    public DateTimeOffset Expiration =>
        ExpirationHours < LastHour ? DateTimeOffset.UnixEpoch.AddHours(ExpirationHours) : DateTimeOffset.MaxValue;

    /// <summary>CERT_KEY_TYPE; 01 is an Ed25519 key.</summary>
    public byte KeyType { get; }

    public Bytes32 CertifiedKey { get; }

    /// <summary>Extension 04, signed-with-ed25519-key; null when it is missing.</summary>
    public Ed25519PublicKey? SigningKey { get; }

    /// <summary>
    /// Reads a certificate that fills <paramref name="encoded"/> exactly. False for other versions, a second or
    /// misshapen extension 04, and unknown extensions that say they affect validation.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out Ed25519Certificate? certificate)
    {
        certificate = null;
        if (encoded.Length < HeaderLength + SignatureLength || encoded[0] != FormatVersion)
            return false;
        Ed25519PublicKey? signingKey = null;
        var rest = encoded[HeaderLength..^SignatureLength];
        for (var left = encoded[HeaderLength - 1]; left > 0; left--)
        {
            if (!TryTakeExtension(ref rest, ref signingKey))
                return false;
        }

        if (!rest.IsEmpty)
            return false;
        certificate = new Ed25519Certificate(encoded, signingKey);
        return true;
    }

    /// <summary>Reads the "-----BEGIN ED25519 CERT-----" form, with or without a newline at its end.</summary>
    public static bool TryParseText(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Ed25519Certificate? certificate)
    {
        certificate = null;
        // The object stands alone here; under a keyword it is an item like any other.
        byte[] document = [.. "certificate\n"u8, .. text];
        var reader = new DocumentReader(document);
        return reader.TryReadNext(out var item)
            && item.End == document.Length
            && item.TryDecodeObject("ED25519 CERT"u8, out var encoded)
            && TryParse(encoded, out certificate);
    }

    /// <summary>The "-----BEGIN ED25519 CERT-----" form, without a newline at its end.</summary>
    public byte[] ToText() => new DocumentWriter().AppendObject("ED25519 CERT"u8, Encoded.AsSpan()).Written.ToArray();

    /// <summary>
    /// True when it is of this type, certifies an Ed25519 key, names <paramref name="signer"/> as its signing key, is
    /// signed by it, and has not expired: as C tor's cert_is_valid asks.
    /// </summary>
    public bool TryVerify(CertificateType type, Ed25519PublicKey signer, DateTimeOffset now, out CertificateFault fault)
    {
        fault = type != Type ? CertificateFault.WrongType
            : KeyType != Ed25519KeyType ? CertificateFault.WrongKeyType
            : SigningKey is null ? CertificateFault.SigningKeyMissing
            : SigningKey != signer ? CertificateFault.WrongSigningKey
            : now > Expiration ? CertificateFault.Expired
            : !IsSignedBy(signer) ? CertificateFault.BadSignature
            : CertificateFault.None;
        return fault == CertificateFault.None;
    }

    /// <summary>True when the signature alone is <paramref name="signer"/>'s.</summary>
    public bool IsSignedBy(Ed25519PublicKey signer) =>
        signer.Verify(Encoded.AsSpan()[..^SignatureLength], Encoded.AsSpan()[^SignatureLength..]);

    /// <summary>
    /// Makes a certificate with its signing key as the one extension, as tor does: 140 bytes.
    /// <paramref name="expirationHours"/> comes from <see cref="CertificateLifetime"/>.
    /// </summary>
    public static byte[] Create(CertificateType type, uint expirationHours, Bytes32 certifiedKey, Bytes32 signingKey, CertificateSigner sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        var encoded = new byte[UsualLength];
        encoded[0] = FormatVersion;
        encoded[1] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(encoded.AsSpan(2), expirationHours);
        encoded[6] = Ed25519KeyType;
        certifiedKey.Span.CopyTo(encoded.AsSpan(7));
        encoded[39] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(encoded.AsSpan(40), Bytes32.Length);
        encoded[42] = SignedWithKey;
        signingKey.Span.CopyTo(encoded.AsSpan(44));
        sign(encoded.AsSpan(0, SignedLength), encoded.AsSpan(SignedLength));
        return encoded;
    }

    public bool Equals(Ed25519Certificate? other) => other is not null && Encoded.AsSpan().SequenceEqual(other.Encoded.AsSpan());

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Encoded.AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>ExtLen (2), ExtType (1), ExtFlags (1), ExtData: cert-spec 2.2.</summary>
    private static bool TryTakeExtension(ref ReadOnlySpan<byte> rest, ref Ed25519PublicKey? signingKey)
    {
        if (rest.Length < 4)
            return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        var (type, flags) = (rest[2], rest[3]);
        rest = rest[4..];
        if (rest.Length < length)
            return false;
        var data = rest[..length];
        rest = rest[length..];
        if (type != SignedWithKey)
            return (flags & AffectsValidation) == 0;
        if (signingKey is not null || !Bytes32.TryCreate(data, out var key))
            return false;
        signingKey = new Ed25519PublicKey(key);
        return true;
    }
}
