using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Reads [DESC-OUTER], rend-spec-v3 2.4: "hs-descriptor" first, "signature" last, the others once each in any order, and
/// unknown items skipped. The shape only; <see cref="TryVerify"/> checks the signatures.
/// </summary>
internal ref struct OuterLayerParser
{
    internal const uint MaximumLifetimeMinutes = 12 * 60;

    private Ed25519Certificate? _certificate;
    private byte[]? _superencrypted;
    private uint? _lifetime;
    private ulong? _revision;
    private ReadOnlySpan<byte> _signature;
    private int _signedLength;

    internal static bool TryParse(
        ReadOnlySpan<byte> text, DescriptorLimits limits, out OuterLayerParser parser, [NotNullWhen(true)] out OuterLayer? layer, out DescriptorRefusal refusal)
    {
        parser = default;
        layer = null;
        refusal = text.Length >= limits.MaximumLength
            ? new(DescriptorFault.TooLarge, $"{text.Length} bytes; HSDirs take less than {limits.MaximumLength}.")
            : parser.Read(text);
        if (refusal.Fault != DescriptorFault.None)
            return false;
        if (parser is not { _certificate: { } certificate, _superencrypted: { } superencrypted, _lifetime: { } lifetime, _revision: { } revision })
        {
            refusal = Malformed("A required line is missing.");
            return false;
        }

        layer = new OuterLayer(lifetime, certificate, revision, superencrypted);
        return true;
    }

    /// <summary>The type-08 certificate against the blinded key it names, then the signature over the text by its key.</summary>
    internal readonly bool TryVerify(ReadOnlySpan<byte> text, OuterLayer layer, out DescriptorRefusal refusal)
    {
        Span<byte> signature = stackalloc byte[64];
        refusal = DescriptorRefusal.None;
        if (!layer.SigningKeyCertificate.IsSignedBy(new Ed25519PublicKey(layer.BlindedKey.Bytes)))
            refusal = new(DescriptorFault.BadCertificate, "The signing-key certificate is not signed by the blinded key it names.");
        else if (!Base64Text.TryDecodeExact(_signature, signature) || !DescriptorSignature.Verify(layer.SigningKey, text[.._signedLength], signature))
            refusal = new(DescriptorFault.BadSignature, "The descriptor's signature does not verify under its signing key.");
        return refusal.Fault == DescriptorFault.None;
    }

    private DescriptorRefusal Read(ReadOnlySpan<byte> text)
    {
        var reader = new DocumentReader(text);
        if (!reader.TryReadNext(out var first) || !first.Is("hs-descriptor"u8) || first.HasObject || !first.TryGetOnlyArgument(out var version))
            return Malformed("It does not start with \"hs-descriptor\".");
        if (!version.SequenceEqual("3"u8))
            return new(DescriptorFault.UnsupportedVersion, "Only version 3 is known.");
        while (_signedLength == 0 && reader.TryReadNext(out var item))
        {
            var refusal = Take(item);
            if (refusal.Fault != DescriptorFault.None)
                return refusal;
        }

        return reader.Failed ? Malformed("A line is not of the document format.")
            : _signedLength == 0 ? Malformed("The signature is missing.")
            : reader.TryReadNext(out _) || reader.Failed ? Malformed("Something follows the signature.")
            : DescriptorRefusal.None;
    }

    private DescriptorRefusal Take(in DocumentItem item)
    {
        if (item.Is("descriptor-lifetime"u8))
            return TakeLifetime(item);
        if (item.Is("descriptor-signing-key-cert"u8))
            return TakeCertificate(item);
        var taken = true;
        if (item.Is("revision-counter"u8))
        {
            taken = TryReadNumber(item, out var revision) && _revision is null;
            _revision = revision;
        }
        else if (item.Is("superencrypted"u8))
        {
            taken = _superencrypted is null && item.Arguments.IsEmpty && item.TryDecodeObject("MESSAGE"u8, out var body)
                && body.Length > LayerEncryption.Overhead && (_superencrypted = body) is not null;
        }
        else if (item.Is("signature"u8))
        {
            taken = !item.HasObject && item.TryGetOnlyArgument(out _signature) && _signature.Length == DescriptorSignature.TextLength;
            _signedLength = item.Start;
        }
        else if (item.Is("hs-descriptor"u8))
        {
            taken = false;
        }

        return taken ? DescriptorRefusal.None : Malformed("A line is repeated or has a value that cannot be read.");
    }

    private DescriptorRefusal TakeLifetime(in DocumentItem item)
    {
        if (_lifetime is not null || !TryReadNumber(item, out var minutes))
            return Malformed("descriptor-lifetime is repeated or no number.");
        _lifetime = (uint)Math.Min(minutes, uint.MaxValue);
        return minutes <= MaximumLifetimeMinutes
            ? DescriptorRefusal.None
            : new(DescriptorFault.BadLifetime, $"descriptor-lifetime is {minutes} minutes; at most {MaximumLifetimeMinutes} are allowed.");
    }

    private DescriptorRefusal TakeCertificate(in DocumentItem item)
    {
        if (_certificate is not null || !item.Arguments.IsEmpty || !item.TryDecodeObject("ED25519 CERT"u8, out var encoded))
            return Malformed("descriptor-signing-key-cert is repeated or holds no certificate.");
        if (!Ed25519Certificate.TryParse(encoded, out _certificate))
            return new(DescriptorFault.BadCertificate, "The signing-key certificate cannot be read.");
        return _certificate is { Type: CertificateType.DescriptorSigning, KeyType: Ed25519Certificate.Ed25519KeyType, SigningKey: not null }
            ? DescriptorRefusal.None
            : new(DescriptorFault.BadCertificate, "The signing-key certificate is not of type 08 with the blinded key in it.");
    }

    private static bool TryReadNumber(in DocumentItem item, out ulong number)
    {
        number = 0;
        return !item.HasObject && item.TryGetOnlyArgument(out var argument)
            && Utf8Parser.TryParse(argument, out number, out var consumed) && consumed == argument.Length;
    }

    private static DescriptorRefusal Malformed(string detail) => new(DescriptorFault.Malformed, detail);
}
