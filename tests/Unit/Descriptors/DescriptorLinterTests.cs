using System.Text;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

public sealed class DescriptorLinterTests : IDisposable
{
    private readonly TestService _service = new();
    private readonly Forge _forge;

    public DescriptorLinterTests() => _forge = new Forge(_service, TestService.Inner(3));

    public void Dispose() => _service.Dispose();

    private LintExpectation Expected => new(_service.Identity.PublicKey, TestService.Period, TestService.Now)
    {
        RevisionCounter = 42,
        BuiltAt = TestService.Now,
        SigningKeyExpirationHours = CertificateLifetime.OfDescriptorSigning(TestService.Now),
        SigningKey = _service.SigningKey.PublicKey,
        Middle = _service.Middle,
        IntroductionPoints = _forge.Inner.IntroductionPoints,
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public void Nothing_is_found_in_what_was_just_built(int points)
    {
        var inner = TestService.Inner(points);
        Assert.Empty(DescriptorLinter.Lint(_service.Build(inner), Expected with { IntroductionPoints = inner.IntroductionPoints }));
    }

    [Fact]
    public void Nothing_is_found_under_a_certificate_made_in_advance_if_that_is_said()
    {
        var hours = CertificateLifetime.OfDescriptorSigning(TestService.Now.AddDays(-1));
        var text = DescriptorBuilder.Build(_service.Keys(TestService.Now.AddDays(-1)), _forge.Inner, _service.Middle, 42, TestService.Now);
        Assert.Empty(DescriptorLinter.Lint(text, Expected with { SigningKeyExpirationHours = hours, CertifiedTogether = false }));
        Assert.Equal(2, DescriptorLinter.Lint(text, Expected).Length);
    }

    [Fact]
    public void What_does_not_read_back_is_one_finding()
    {
        using var other = new TestService();
        Assert.Contains("WrongKey", Assert.Single(DescriptorLinter.Lint(other.Build(TestService.Inner(1)), Expected)), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_lines_and_another_order_in_the_outer_layer_are_found()
    {
        Found("outer layer", _forge with { AlterUnsigned = Change("revision-counter 42\n", "new-line\nrevision-counter 42\n") });
        Found("outer layer", _forge with { AlterUnsigned = Change("descriptor-lifetime 180\n", "descriptor-lifetime  180\n") });
        Found("outer layer", _forge with { AlterUnsigned = text => MoveLine(text, "descriptor-lifetime") });
    }

    [Fact]
    public void Another_lifetime_is_found() =>
        Found("descriptor-lifetime", _forge with { AlterUnsigned = Change("descriptor-lifetime 180", "descriptor-lifetime 60") });

    [Fact]
    public void Other_padding_of_the_middle_layer_is_found()
    {
        Found("middle layer has", _forge with { Pad = false });
        Found("middle layer has", _forge with { AlterMiddle = text => [.. text, .. new byte[20_000 - text.Length]] });
        // What stem does, and OnionBalance with it: len % 10000 more NULs.
        Found("middle layer has", _forge with { Pad = false, AlterMiddle = text => [.. text, .. new byte[text.Length % 10_000]] });
        Found("NULs", _forge with { AlterMiddle = text => [.. text, 0, 1] });
    }

    [Fact]
    public void A_newline_at_the_end_of_the_middle_layer_is_found() =>
        Found("middle layer has other lines", _forge with { AlterMiddle = text => [.. text, (byte)'\n'] });

    [Fact]
    public void Client_lines_that_are_no_multiple_of_16_are_found() =>
        Found("15 auth-client", _forge with { AlterMiddle = text => WithoutLine(text, "auth-client") });

    [Fact]
    public void Padding_of_the_inner_layer_is_found() => Found("inner layer is padded", _forge with { AlterInner = text => [.. text, 0] });

    [Fact]
    public void Other_lines_and_another_order_in_the_inner_layer_are_found()
    {
        Found("inner layer has other lines", _forge with { AlterInner = Change("enc-key-cert\n", "new-line\nenc-key-cert\n") });
        Found("inner layer has other lines", _forge with { AlterInner = Change("onion-key ntor ", "onion-key  ntor ") });
        Found("create2-formats", _forge with { AlterInner = Change("create2-formats 2", "create2-formats 2 3") });
        Found("intro-auth-required", _forge with { AlterInner = Change("flow-control", "intro-auth-required ed25519\nflow-control") });
    }

    [Fact]
    public void A_certificate_with_another_extension_is_found() =>
        Found("type 09 has other extensions", _forge with { Certify = point => Usual(point) with { Auth = WithExtension(Usual(point).Auth) } });

    [Fact]
    public void An_encryption_certificate_over_another_key_is_found()
    {
        // What stem does: it certifies the authentication key twice.
        Found("enc-key-cert", _forge with
        {
            Certify = point => Usual(point) with { Enc = Make(CertificateType.IntroductionEncryption, point.AuthKey.Bytes) },
        });
    }

    [Fact]
    public void Other_lifetimes_of_certificates_are_found()
    {
        var certified = 0u;
        Found("different hours", _forge with { Certify = point => Forge.Certificates(point, _service.SigningKey, hours: Forge.Hours + certified++ % 2) });
        Found("tor's would at", _forge with { Certify = point => Forge.Certificates(point, _service.SigningKey, hours: Forge.Hours + 1) });
        Assert.Contains(
            DescriptorLinter.Lint(_forge.Build(), Expected with { SigningKeyExpirationHours = 1 }), finding => finding.Contains("not 1.", StringComparison.Ordinal));
    }

    [Fact]
    public void Other_values_than_the_expected_ones_are_found()
    {
        var other = TestService.Inner(3).IntroductionPoints;
        using var plan = MiddleLayerPlan.ForEverybody();
        var findings = DescriptorLinter.Lint(_forge.Build(), Expected with
        {
            RevisionCounter = 43,
            SigningKey = other[0].AuthKey,
            Middle = plan,
            IntroductionPoints = [.. _forge.Inner.IntroductionPoints.Reverse()],
        });
        Assert.Equal(4, findings.Length);
    }

    [Fact]
    public void A_restricted_descriptor_is_opened_with_its_own_plan()
    {
        using var client = X25519SecretKey.Generate();
        using var plan = MiddleLayerPlan.ForClients(_service.Subcredential, [client.PublicKey]);
        var text = DescriptorBuilder.Build(_service.Keys(), _forge.Inner, plan, 42, TestService.Now);
        Assert.Empty(DescriptorLinter.Lint(text, Expected with { Middle = plan }));
        Assert.Empty(DescriptorLinter.Lint(text, Expected with { Middle = null, ClientAuth = client }));
        Assert.Contains("ClientAuthorizationNeeded", Assert.Single(DescriptorLinter.Lint(text, Expected with { Middle = null })), StringComparison.Ordinal);
        Assert.Contains("ClientAuthorizationRefused", Assert.Single(DescriptorLinter.Lint(text, Expected)), StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_that_are_not_what_C_tor_would_send_are_found()
    {
        var copies = DescriptorBuilder.BuildCopies(_service.Keys(), _forge.Inner, _service.Middle, 42, TestService.Now, 3)
            .Select(copy => new ReadOnlyMemory<byte>(copy)).ToArray();
        Assert.Empty(DescriptorLinter.LintCopies(copies));
        Assert.Contains("same encryption", Assert.Single(DescriptorLinter.LintCopies([.. copies, copies[0]])), StringComparison.Ordinal);
        Assert.Contains("revision counter", Assert.Single(DescriptorLinter.LintCopies([.. copies, _service.Build(_forge.Inner, 43)])), StringComparison.Ordinal);
        Assert.Contains("read back", Assert.Single(DescriptorLinter.LintCopies([.. copies, new byte[1]])), StringComparison.Ordinal);
    }

    private void Found(string expected, Forge forge)
    {
        var text = forge.Build();
        Assert.Contains(DescriptorLinter.Lint(text, Expected), finding => finding.Contains(expected, StringComparison.Ordinal));
        // A good copy before it takes nothing off.
        Assert.Contains(DescriptorLinter.Lint([_forge.Build(), text], Expected), finding => finding.Contains(expected, StringComparison.Ordinal));
    }

    private IntroductionPointCertificates Usual(IntroductionPoint point) => IntroductionPointCertificates.Create(point, _service.SigningKey, Forge.Hours);

    private Ed25519Certificate Make(CertificateType type, Bytes32 certified)
    {
        var encoded = Ed25519Certificate.Create(type, Forge.Hours, certified, _service.SigningKey.PublicKey.Bytes, _service.SigningKey.Sign);
        Assert.True(Ed25519Certificate.TryParse(encoded, out var certificate));
        return certificate;
    }

    private Ed25519Certificate WithExtension(Ed25519Certificate usual)
    {
        byte[] signed = [.. usual.Encoded.AsSpan()[..^64], 0, 0, 99, 0];
        signed[39] = 2;
        var signature = new byte[64];
        _service.SigningKey.Sign(signed, signature);
        Assert.True(Ed25519Certificate.TryParse([.. signed, .. signature], out var certificate));
        return certificate;
    }

    private static Func<byte[], byte[]> Change(string text, string by) => bytes =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(text, by, StringComparison.Ordinal));

    private static byte[] WithoutLine(byte[] bytes, string start)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
        lines.RemoveAt(lines.FindIndex(line => line.StartsWith(start, StringComparison.Ordinal)));
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    /// <summary>The line goes to the end.</summary>
    private static byte[] MoveLine(byte[] bytes, string start)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
        var at = lines.FindIndex(line => line.StartsWith(start, StringComparison.Ordinal));
        return Encoding.Latin1.GetBytes(string.Join('\n', [.. lines.Where((_, index) => index != at).SkipLast(1), lines[at], ""]));
    }
}
