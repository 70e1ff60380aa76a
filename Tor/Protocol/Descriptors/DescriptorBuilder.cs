using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Builds v3 descriptors as C tor writes them: its line order, its padding, its certificate lifetimes. What is built was
/// read back before it is returned.
/// </summary>
public static class DescriptorBuilder
{
    /// <summary>HS_DESC_SUPERENC_PLAINTEXT_PAD_MULTIPLE: the middle layer is padded with NULs; the inner one is not.</summary>
    internal const int PaddingMultiple = 10_000;

    /// <summary>One descriptor, ready for HSPOST. <see cref="BuildCopies"/> says what may go wrong.</summary>
    public static byte[] Build(DescriptorKeys keys, InnerLayer inner, MiddleLayerPlan middle, ulong revisionCounter, DateTimeOffset now) =>
        BuildCopies(keys, inner, middle, revisionCounter, now, 1)[0];

    /// <summary>
    /// The same descriptor several times, each encrypted afresh: C tor sends no two HSDirs the same bytes. The introduction
    /// points' certificates run from <paramref name="now"/>.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The certificate is not the signing key's by the blinded key; over 20 or repeated introduction points; a field that cannot
    /// be written; a descriptor that HSDirs would find too large.
    /// </exception>
    public static ImmutableArray<byte[]> BuildCopies(
        DescriptorKeys keys, InnerLayer inner, MiddleLayerPlan middle, ulong revisionCounter, DateTimeOffset now, int copies)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(middle);
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        RequireCertificate(keys, now);
        var innerText = WriteInner(keys.SigningKey, inner, now);
        var built = ImmutableArray.CreateBuilder<byte[]>(copies);
        for (var copy = 0; copy < copies; copy++)
            built.Add(Encode(keys, innerText, middle, revisionCounter));
        return built.MoveToImmutable();
    }

    /// <summary>Up to the next multiple of 10 000 bytes.</summary>
    internal static int PaddedLength(int length) => (length + PaddingMultiple - 1) / PaddingMultiple * PaddingMultiple;

    private static byte[] Encode(DescriptorKeys keys, byte[] innerText, MiddleLayerPlan middle, ulong revisionCounter)
    {
        var innerSecret = LayerSecret.OfInner(keys.BlindedKey, keys.Subcredential, revisionCounter, middle.Cookie);
        var middleText = MiddleLayer.Write(middle.EphemeralKey, middle.Clients, LayerEncryption.Encrypt(innerSecret, innerText));
        GC.KeepAlive(middle);
        var padded = new byte[PaddedLength(middleText.Length)];
        middleText.CopyTo(padded, 0);
        var middleSecret = LayerSecret.OfMiddle(keys.BlindedKey, keys.Subcredential, revisionCounter);
        var unsigned = OuterLayerWriter.WriteUnsigned(
            OuterLayerWriter.UsualLifetimeMinutes,
            keys.SigningKeyCertificate.AsSpan(),
            revisionCounter,
            LayerEncryption.Encrypt(middleSecret, padded));
        var text = OuterLayerWriter.Sign(unsigned, keys.SigningKey);
        return text.Length < DescriptorLimits.Default.MaximumLength
            ? text
            : throw new ArgumentException($"The descriptor would have {text.Length} bytes; HSDirs take less than {DescriptorLimits.Default.MaximumLength}. Use fewer introduction points or clients.");
    }

    private static void RequireCertificate(DescriptorKeys keys, DateTimeOffset now)
    {
        var fault = CertificateFault.None;
        if (!Ed25519Certificate.TryParse(keys.SigningKeyCertificate.AsSpan(), out var certificate)
            || certificate.CertifiedKey != keys.SigningKey.PublicKey.Bytes
            || !certificate.TryVerify(CertificateType.DescriptorSigning, new Ed25519PublicKey(keys.BlindedKey.Bytes), now, out fault))
        {
            throw new ArgumentException($"The signing-key certificate does not hold for these keys and this time ({fault}).", nameof(keys));
        }
    }

    private static byte[] WriteInner(DescriptorSigningKey signer, InnerLayer inner, DateTimeOffset now)
    {
        var expiration = CertificateLifetime.OfIntroductionPoint(now);
        var text = InnerLayerWriter.Write(
            inner, [.. inner.IntroductionPoints.Select(point => IntroductionPointCertificates.Create(point, signer, expiration))]);
        var parser = new InnerLayerParser(signer.PublicKey, now);
        return parser.TryParse(text, out var read, out var refusal) && SaysTheSame(inner, read)
            ? text
            : throw new ArgumentException(
                refusal.Fault == DescriptorFault.None ? "A field of the inner layer cannot be written so that it reads the same." : refusal.Detail, nameof(inner));
    }

    private static bool SaysTheSame(InnerLayer meant, InnerLayer read) =>
        meant.Create2Formats.SequenceEqual(read.Create2Formats)
        && meant.IntroAuthRequired.SequenceEqual(read.IntroAuthRequired)
        && meant.SingleOnionService == read.SingleOnionService
        && meant.FlowControl == read.FlowControl
        && meant.PowParameters == read.PowParameters
        && meant.OtherLines.SequenceEqual(read.OtherLines)
        && meant.IntroductionPoints.SequenceEqual(read.IntroductionPoints);
}
