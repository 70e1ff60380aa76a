using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

/// <summary>
/// Makes descriptors that are wrong in one place and right everywhere else: what is altered inside is encrypted and
/// signed again with the service's own keys, so that the reader gets as far as the alteration.
/// </summary>
internal sealed record Forge(TestService Service, InnerLayer Inner)
{
    internal Func<IntroductionPoint, IntroductionPointCertificates>? Certify { get; init; }

    internal Func<byte[], byte[]> AlterInner { get; init; } = text => text;

    internal Func<byte[], byte[]> AlterMiddle { get; init; } = text => text;

    internal Func<byte[], byte[]> AlterUnsigned { get; init; } = text => text;

    internal Func<byte[], byte[]> AlterSignature { get; init; } = signature => signature;

    /// <summary>Whether the middle layer gets its padding after it was altered.</summary>
    internal bool Pad { get; init; } = true;

    internal ulong Revision { get; init; } = 42;

    internal static uint Hours => CertificateLifetime.OfIntroductionPoint(TestService.Now);

    internal byte[] Build()
    {
        var keys = Service.Keys();
        var certify = Certify ?? (point => IntroductionPointCertificates.Create(point, Service.SigningKey, Hours));
        var inner = AlterInner(InnerLayerWriter.Write(Inner, [.. Inner.IntroductionPoints.Select(certify)]));
        var encrypted = LayerEncryption.Encrypt(LayerSecret.OfInner(keys.BlindedKey, keys.Subcredential, Revision, []), inner);
        var middle = AlterMiddle(MiddleLayer.Write(Service.Middle.EphemeralKey, Service.Middle.Clients, encrypted));
        if (Pad)
            Array.Resize(ref middle, DescriptorBuilder.PaddedLength(middle.Length));
        var superencrypted = LayerEncryption.Encrypt(LayerSecret.OfMiddle(keys.BlindedKey, keys.Subcredential, Revision), middle);
        var unsigned = AlterUnsigned(OuterLayerWriter.WriteUnsigned(180, keys.SigningKeyCertificate.AsSpan(), Revision, superencrypted).Written.ToArray());
        var signature = new byte[64];
        DescriptorSignature.Sign(Service.SigningKey, unsigned, signature);
        return new DocumentWriter().Append(unsigned).Append("signature "u8)
            .AppendBase64WithoutPadding(AlterSignature(signature)).Append("\n"u8).Written.ToArray();
    }

    /// <summary>Both certificates of a point, each as the caller wants it.</summary>
    internal static IntroductionPointCertificates Certificates(
        IntroductionPoint point,
        DescriptorSigningKey signer,
        CertificateType auth = CertificateType.IntroductionAuth,
        CertificateType enc = CertificateType.IntroductionEncryption,
        uint? hours = null)
    {
        var usual = IntroductionPointCertificates.Create(point, signer, Hours);
        return new(Make(auth, usual.Auth), Make(enc, usual.Enc));

        Ed25519Certificate Make(CertificateType type, Ed25519Certificate like)
        {
            Assert.True(Ed25519Certificate.TryParse(
                Ed25519Certificate.Create(type, hours ?? Hours, like.CertifiedKey, signer.PublicKey.Bytes, signer.Sign), out var certificate));
            return certificate;
        }
    }
}
