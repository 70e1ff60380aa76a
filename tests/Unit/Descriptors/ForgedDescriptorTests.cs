using System.Text;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

public sealed class ForgedDescriptorTests : IDisposable
{
    private readonly TestService _service = new();
    private readonly Forge _forge;

    public ForgedDescriptorTests() => _forge = new Forge(_service, TestService.Inner(2));

    public void Dispose() => _service.Dispose();

    [Fact]
    public void The_forge_itself_makes_a_good_descriptor() => Assert.Equal(2, _service.Read(_forge.Build()).Inner.IntroductionPoints.Length);

    [Fact]
    public void Another_services_descriptor_is_of_the_wrong_key()
    {
        using var other = new TestService();
        Assert.Equal(DescriptorFault.WrongKey, _service.Fault(other.Build(TestService.Inner(1))));
    }

    [Fact]
    public void A_period_outside_the_given_ones_is_of_the_wrong_key()
    {
        var text = _forge.Build();
        Assert.False(DescriptorReader.TryRead(
            text, _service.Identity.PublicKey, [TestService.Period.Next, TestService.Period.Previous], TestService.Now, null, out _, out var fault));
        Assert.Equal(DescriptorFault.WrongKey, fault);
        Assert.False(DescriptorReader.TryRead(text, _service.Identity.PublicKey, [], TestService.Now, null, out _, out fault));
        Assert.Equal(DescriptorFault.WrongKey, fault);
    }

    [Fact]
    public void A_signing_key_that_the_blinded_key_did_not_certify_is_refused()
    {
        using var other = new TestService();
        using var blinded = other.Identity.Blind(TestService.Period);
        var certificate = Ed25519Certificate.Create(
            CertificateType.DescriptorSigning, Forge.Hours, _service.SigningKey.PublicKey.Bytes, _service.BlindedKey.Bytes, blinded.Sign);
        Assert.Equal(DescriptorFault.BadCertificate, _service.Fault(WithCertificate(certificate)));
    }

    [Fact]
    public void A_signing_key_certificate_of_another_type_is_refused()
    {
        using var blinded = _service.Identity.Blind(TestService.Period);
        var certificate = Ed25519Certificate.Create(
            CertificateType.IntroductionAuth, Forge.Hours, _service.SigningKey.PublicKey.Bytes, _service.BlindedKey.Bytes, blinded.Sign);
        Assert.Equal(DescriptorFault.BadCertificate, _service.Fault(WithCertificate(certificate)));
    }

    [Fact]
    public void A_descriptor_signed_by_another_key_than_the_certified_one_is_refused()
    {
        using var other = DescriptorSigningKey.Generate();
        using var blinded = _service.Identity.Blind(TestService.Period);
        Assert.Equal(
            DescriptorFault.BadSignature, _service.Fault(WithCertificate(SigningKeyCertificate.Create(blinded, other.PublicKey, TestService.Now))));
    }

    [Fact]
    public void An_altered_signature_or_text_is_refused()
    {
        var forge = _forge with { AlterSignature = signature => [.. signature[..^1], (byte)(signature[^1] ^ 1)] };
        Assert.Equal(DescriptorFault.BadSignature, _service.Fault(forge.Build()));
        Assert.Equal(DescriptorFault.BadSignature, _service.Fault(Replace("revision-counter 42", "revision-counter 43")(_forge.Build())));
    }

    [Fact]
    public void After_its_certificate_expires_a_descriptor_is_refused()
    {
        var text = _forge.Build();
        var end = _service.Read(text).SigningKeyCertificate.Expiration;
        Assert.Equal(DescriptorFault.Expired, _service.Fault(text, end.AddSeconds(1)));
        Assert.Equal(DescriptorFault.ExpiredIntroductionPoint, _service.Fault(text, end));
    }

    [Fact]
    public void A_revision_counter_changed_under_a_new_signature_opens_nothing() =>
        Assert.Equal(
            DescriptorFault.CannotDecrypt,
            _service.Fault((_forge with { AlterUnsigned = Replace("revision-counter 42", "revision-counter 43") }).Build()));

    [Theory]
    [InlineData("hs-descriptor 3", "hs-descriptor 4", DescriptorFault.UnsupportedVersion)]
    [InlineData("hs-descriptor 3", "hs-descriptor", DescriptorFault.Malformed)]
    [InlineData("hs-descriptor 3", "hs-descriptor 3 4", DescriptorFault.Malformed)]
    [InlineData("hs-descriptor 3", "hs-descriptor 3\n-----BEGIN X-----\n-----END X-----", DescriptorFault.Malformed)]
    [InlineData("hs-descriptor 3", "rendezvous-service-descriptor 3", DescriptorFault.Malformed)]
    [InlineData("descriptor-lifetime 180", "descriptor-lifetime 721", DescriptorFault.BadLifetime)]
    [InlineData("descriptor-lifetime 180", "descriptor-lifetime 18446744073709551616", DescriptorFault.Malformed)]
    [InlineData("descriptor-lifetime 180", "descriptor-lifetime 180\ndescriptor-lifetime 180", DescriptorFault.Malformed)]
    [InlineData("descriptor-lifetime 180", "unknown-line 180", DescriptorFault.Malformed)]
    [InlineData("revision-counter 42", "revision-counter forty-two", DescriptorFault.Malformed)]
    [InlineData("revision-counter 42", "revision-counter -42", DescriptorFault.Malformed)]
    [InlineData("revision-counter 42", "revision-counter 42\nrevision-counter 42", DescriptorFault.Malformed)]
    [InlineData("-----BEGIN MESSAGE-----", "-----BEGIN UNICORN-----", DescriptorFault.Malformed)]
    [InlineData("superencrypted", "encrypted", DescriptorFault.Malformed)]
    [InlineData("AQg", "AgI", DescriptorFault.BadCertificate)]
    [InlineData("ED25519 CERT", "ED448 CERT", DescriptorFault.Malformed)]
    public void A_malformed_outer_layer_is_refused(string line, string altered, DescriptorFault fault) =>
        Assert.Equal(fault, _service.Fault((_forge with { AlterUnsigned = Replace(line, altered) }).Build()));

    [Fact]
    public void Nothing_may_follow_the_signature_or_precede_the_first_line()
    {
        var text = _forge.Build();
        Assert.Equal(DescriptorFault.Malformed, _service.Fault([.. text, .. "x y\n"u8]));
        Assert.Equal(DescriptorFault.Malformed, _service.Fault([.. text, (byte)'\n']));
        Assert.Equal(DescriptorFault.Malformed, _service.Fault([(byte)'\n', .. text]));
        Assert.Equal(DescriptorFault.Malformed, _service.Fault([.. text[..^88], .. text[^87..]]));
        // C tor ticket 23233: a space before the keyword made the signature's place ambiguous.
        Assert.Equal(DescriptorFault.Malformed, _service.Fault(Replace("\nsignature ", "\n signature ")(text)));
        Assert.Equal(DescriptorFault.Malformed, _service.Fault([]));
    }

    [Fact]
    public void Unknown_lines_in_the_outer_layer_are_skipped() =>
        _ = _service.Read((_forge with { AlterUnsigned = Replace("revision-counter 42", "new-line with things\nrevision-counter 42") }).Build());

    [Fact]
    public void What_HSDirs_would_find_too_large_is_refused()
    {
        var filler = string.Concat(Enumerable.Repeat("filler " + new string('x', 992) + "\n", 50));
        var text = (_forge with { AlterUnsigned = Replace("superencrypted\n", filler + "superencrypted\n") }).Build();
        Assert.Equal(DescriptorFault.TooLarge, _service.Fault(text));
        _ = Read(text, new DescriptorLimits(text.Length + 1), DescriptorFault.None);
        _ = Read(text, new DescriptorLimits(text.Length), DescriptorFault.TooLarge);
    }

    [Theory]
    [InlineData("desc-auth-type x25519", "desc-auth-type x448")]
    [InlineData("desc-auth-type x25519", "desc-auth-type")]
    [InlineData("desc-auth-ephemeral-key ", "desc-auth-ephemeral-key A")]
    [InlineData("desc-auth-ephemeral-key ", "other-key ")]
    [InlineData("auth-client ", "auth-client A")]
    [InlineData("encrypted\n-----BEGIN MESSAGE-----", "encrypted\n-----BEGIN LETTER-----")]
    [InlineData("encrypted\n", "other\n")]
    public void A_malformed_middle_layer_is_refused(string line, string altered) =>
        Assert.Equal(DescriptorFault.MalformedMiddleLayer, _service.Fault((_forge with { AlterMiddle = Replace(line, altered) }).Build()));

    [Fact]
    public void A_middle_layer_without_client_lines_is_refused() =>
        Assert.Equal(DescriptorFault.MalformedMiddleLayer, _service.Fault((_forge with { AlterMiddle = ReplaceAll("auth-client", "auth-nobody") }).Build()));

    [Fact]
    public void An_inner_layer_that_cannot_be_decrypted_asks_for_client_authorization()
    {
        using var client = X25519SecretKey.Generate();
        // A whole group of base64, well away from the ends, so that only the MAC can notice.
        var forge = _forge with { AlterMiddle = text => [.. text[..^200], (byte)(text[^200] == (byte)'A' ? 'B' : 'A'), .. text[^199..]] };
        Assert.Equal(DescriptorFault.ClientAuthorizationNeeded, _service.Fault(forge.Build()));
        Assert.Equal(DescriptorFault.ClientAuthorizationRefused, _service.Fault(forge.Build(), client: client));
    }

    [Theory]
    [InlineData("create2-formats 2", "create2-formats 1")]
    [InlineData("create2-formats 2", "create2-formats 2 x")]
    [InlineData("create2-formats 2", "create2-formats")]
    [InlineData("create2-formats 2", "create2-formats 2\ncreate2-formats 2")]
    [InlineData("create2-formats 2\n", "")]
    [InlineData("flow-control 1-2 31", "flow-control 1-2")]
    [InlineData("flow-control 1-2 31", "flow-control 1-2 31\n-----BEGIN X-----\n-----END X-----")]
    [InlineData("flow-control 1-2 31", "flow-control 1-2 0")]
    [InlineData("flow-control 1-2 31", "flow-control 1-2 256")]
    [InlineData("flow-control 1-2 31", "flow-control 1-2 31\nflow-control 1-2 31")]
    [InlineData("flow-control 1-2 31", "intro-auth-required unknown")]
    [InlineData("flow-control 1-2 31", "single-onion-service\nsingle-onion-service")]
    [InlineData("flow-control 1-2 31", "pow-params v1 a a")]
    [InlineData("flow-control 1-2 31", "auth-key out-of-place")]
    [InlineData("flow-control 1-2 31", "flow\u007fcontrol")]
    public void A_malformed_inner_layer_is_refused(string line, string altered) =>
        Assert.Equal(DescriptorFault.MalformedInnerLayer, _service.Fault((_forge with { AlterInner = Replace(line, altered) }).Build()));

    [Theory]
    [InlineData("introduction-point ", "introduction-point AAAA")]
    [InlineData("introduction-point ", "introduction-point * ")]
    [InlineData("onion-key ntor ", "onion-key tap ")]
    [InlineData("onion-key ntor ", "onion-key ntor A")]
    [InlineData("auth-key\n", "auth-other\n")]
    [InlineData("auth-key\n-----BEGIN ED25519 CERT-----\nAQ", "auth-key\n-----BEGIN ED25519 CERT-----\nAg")]
    [InlineData("enc-key ntor ", "enc-key unicorn ")]
    [InlineData("enc-key ntor ", "enc-key ntor blah=== ")]
    [InlineData("enc-key-cert\n", "enc-key-other\n")]
    [InlineData("enc-key-cert\n", "pow-params v1 x\nenc-key-cert\n")]
    [InlineData("enc-key-cert\n", "legacy-key\n-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\nenc-key-cert\n")]
    public void A_malformed_introduction_point_is_refused(string line, string altered) =>
        Assert.Equal(DescriptorFault.BadIntroductionPoint, _service.Fault((_forge with { AlterInner = Replace(line, altered) }).Build()));

    [Fact]
    public void Unknown_lines_of_an_introduction_point_are_dropped()
    {
        var altered = Replace("enc-key-cert\n", "new-line of the future\nonion-key other key\nenc-key-cert\n");
        var read = _service.Read((_forge with { AlterInner = altered }).Build());
        Assert.True(_forge.Inner.IntroductionPoints.SequenceEqual(read.Inner.IntroductionPoints));
        Assert.Empty(read.Inner.OtherLines);
    }

    [Fact]
    public void Introduction_point_certificates_must_be_of_their_types_and_by_the_signing_key()
    {
        using var other = DescriptorSigningKey.Generate();
        Refused(DescriptorFault.BadIntroductionPointCertificate, point => Forge.Certificates(point, other));
        Refused(DescriptorFault.BadIntroductionPointCertificate, point => Forge.Certificates(point, _service.SigningKey, auth: CertificateType.IntroductionEncryption));
        Refused(DescriptorFault.BadIntroductionPointCertificate, point => Forge.Certificates(point, _service.SigningKey, enc: CertificateType.IntroductionAuth));
        Refused(DescriptorFault.ExpiredIntroductionPoint, point => Forge.Certificates(point, _service.SigningKey, hours: Forge.Hours - 60));

        void Refused(DescriptorFault fault, Func<IntroductionPoint, IntroductionPointCertificates> certify) =>
            Assert.Equal(fault, _service.Fault((_forge with { Certify = certify }).Build()));
    }

    [Fact]
    public void More_than_20_introduction_points_and_repeated_ones_are_refused()
    {
        Assert.Equal(DescriptorFault.TooManyIntroductionPoints, _service.Fault(new Forge(_service, TestService.Inner(21)).Build()));
        var point = TestService.Point(Random.Shared);
        var elsewhere = TestService.Point(Random.Shared);
        Assert.True(IntroductionPoint.TryCreate(elsewhere.LinkSpecifiers.AsSpan(), elsewhere.OnionKey, point.AuthKey, elsewhere.EncKey, out var repeated));
        var inner = TestService.Inner(0) with { IntroductionPoints = [point, repeated] };
        Assert.Equal(DescriptorFault.RepeatedIntroductionPoint, _service.Fault(new Forge(_service, inner).Build()));
    }

    /// <summary>tor's clients take any legacy identity of a block for the relay's: with two it would stand on two relays at once.</summary>
    [Theory]
    [InlineData(2, 20)]
    [InlineData(3, 32)]
    public void A_point_that_names_two_identities_of_one_kind_is_refused(byte type, byte length)
    {
        var point = TestService.Point(Random.Shared);
        byte[] block = [(byte)(point.LinkSpecifiers[0] + 1), .. point.LinkSpecifiers.AsSpan()[1..], type, length, .. new byte[length]];
        Assert.False(IntroductionPoint.TryCreate(block, point.OnionKey, point.AuthKey, point.EncKey, out _));
        block[^(length + 2)] = 77;
        Assert.True(IntroductionPoint.TryCreate(block, point.OnionKey, point.AuthKey, point.EncKey, out var other));
        Assert.Equal(point.RelayFingerprint, other.RelayFingerprint);
    }

    [Fact]
    public void Readers_of_the_outer_layer_see_forged_signatures_too()
    {
        var text = Replace("revision-counter 42", "revision-counter 43")(_forge.Build());
        Assert.False(OuterDescriptor.TryReadOuter(text, out var layer, out var fault));
        Assert.Null(layer);
        Assert.Equal(DescriptorFault.BadSignature, fault);
    }

    private HsDescriptor? Read(byte[] text, DescriptorLimits limits, DescriptorFault expected)
    {
        _ = DescriptorReader.TryRead(
            text, _service.Identity.PublicKey, [TestService.Period], TestService.Now, null, limits, out var descriptor, out var fault, out _);
        Assert.Equal(expected, fault);
        return descriptor;
    }

    private byte[] WithCertificate(byte[] certificate)
    {
        Assert.True(Ed25519Certificate.TryParse(_service.Keys().SigningKeyCertificate.AsSpan(), out var usual));
        Assert.True(Ed25519Certificate.TryParse(certificate, out var other));
        return (_forge with { AlterUnsigned = Replace(Encoding.ASCII.GetString(usual.ToText()), Encoding.ASCII.GetString(other.ToText())) }).Build();
    }

    private static Func<byte[], byte[]> Replace(string text, string by) => bytes =>
    {
        var whole = Encoding.Latin1.GetString(bytes);
        var at = whole.IndexOf(text, StringComparison.Ordinal);
        Assert.True(at >= 0, text);
        return Encoding.Latin1.GetBytes(string.Concat(whole.AsSpan(0, at), by, whole.AsSpan(at + text.Length)));
    };

    private static Func<byte[], byte[]> ReplaceAll(string text, string by) => bytes =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(text, by, StringComparison.Ordinal));
}
