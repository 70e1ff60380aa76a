using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Reads one introduction point of the inner layer, item by item. Unknown items are dropped, not carried over: a
/// compromised instance could otherwise write into the descriptor of the whole service. The legacy keys of relays
/// without ntor introductions, which no longer exist, are tolerated and dropped as well.
/// </summary>
internal ref struct IntroductionPointParser
{
    private byte[]? _linkSpecifiers;
    private X25519PublicKey? _onionKey;
    private X25519PublicKey? _encKey;
    private Ed25519Certificate? _authCertificate;
    private Ed25519Certificate? _encCertificate;
    private bool _legacyKey;
    private bool _legacyCertificate;

    /// <summary>A keyword that belongs into an introduction point.</summary>
    internal static bool IsKnown(in DocumentItem item) =>
        item.Is("introduction-point"u8) || item.Is("onion-key"u8) || item.Is("auth-key"u8) || item.Is("enc-key"u8)
        || item.Is("enc-key-cert"u8) || item.Is("legacy-key"u8) || item.Is("legacy-key-cert"u8);

    internal bool TryTake(in DocumentItem item)
    {
        var rest = item.Arguments;
        if (item.Is("introduction-point"u8))
            return !item.HasObject && item.TryGetOnlyArgument(out var specifiers) && Base64Text.TryDecodeBounded(specifiers, LinkSpecifierBlock.MaximumLength, out _linkSpecifiers);
        if (item.Is("onion-key"u8))
        {
            // There may be onion keys of other kinds beside the one of ntor.
            return !DocumentItem.NextArgument(ref rest).SequenceEqual("ntor"u8)
                || (_onionKey is null && TryReadKey(DocumentItem.NextArgument(ref rest), out _onionKey));
        }

        if (item.Is("auth-key"u8))
            return item.Arguments.IsEmpty && TryReadCertificate(item, ref _authCertificate);
        if (item.Is("enc-key"u8))
        {
            return _encKey is null && DocumentItem.NextArgument(ref rest).SequenceEqual("ntor"u8)
                && TryReadKey(DocumentItem.NextArgument(ref rest), out _encKey);
        }

        if (item.Is("enc-key-cert"u8))
            return TryReadCertificate(item, ref _encCertificate);
        if (item.Is("legacy-key"u8))
            return !_legacyKey && item.TryDecodeObject("RSA PUBLIC KEY"u8, out _) && (_legacyKey = true);
        if (item.Is("legacy-key-cert"u8))
            return !_legacyCertificate && item.TryDecodeObject("CROSSCERT"u8, out _) && (_legacyCertificate = true);
        return !InnerLayerParser.IsKnown(item);
    }

    internal readonly bool TryFinish(
        Ed25519PublicKey signingKey,
        DateTimeOffset now,
        int number,
        [NotNullWhen(true)] out IntroductionPoint? point,
        [NotNullWhen(true)] out IntroductionPointCertificates? certificates,
        out DescriptorRefusal refusal)
    {
        point = null;
        certificates = null;
        refusal = new(DescriptorFault.BadIntroductionPoint, $"Introduction point {number} lacks a line or has malformed link specifiers.");
        if (this is not { _linkSpecifiers: { } specifiers, _onionKey: { } onionKey, _encKey: { } encKey, _authCertificate: { } auth, _encCertificate: { } enc }
            || _legacyKey != _legacyCertificate
            || !IntroductionPoint.TryCreate(specifiers, onionKey, new Ed25519PublicKey(auth.CertifiedKey), encKey, out point))
        {
            return false;
        }

        // As C tor, which does not compare what the type-0B certificate certifies with the enc-key: the descriptor's
        // signature covers both.
        if (!auth.TryVerify(CertificateType.IntroductionAuth, signingKey, now, out var fault)
            || !enc.TryVerify(CertificateType.IntroductionEncryption, signingKey, now, out fault))
        {
            refusal = fault == CertificateFault.Expired
                ? new(DescriptorFault.ExpiredIntroductionPoint, $"A certificate of introduction point {number} has expired.")
                : new(DescriptorFault.BadIntroductionPointCertificate, $"A certificate of introduction point {number} does not hold: {fault}.");
            return false;
        }

        certificates = new IntroductionPointCertificates(auth, enc);
        refusal = DescriptorRefusal.None;
        return true;
    }

    private static bool TryReadKey(ReadOnlySpan<byte> argument, out X25519PublicKey? key)
    {
        Span<byte> bytes = stackalloc byte[32];
        var read = Base64Text.TryDecodeExact(argument, bytes);
        key = read ? new X25519PublicKey(Bytes32.Create(bytes)) : null;
        return read;
    }

    private static bool TryReadCertificate(in DocumentItem item, ref Ed25519Certificate? certificate) =>
        certificate is null && item.TryDecodeObject("ED25519 CERT"u8, out var encoded) && Ed25519Certificate.TryParse(encoded, out certificate);
}
