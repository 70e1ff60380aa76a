using System.Text;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

public sealed class RoundTripTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public void What_was_built_reads_back_the_same(int points)
    {
        var inner = TestService.Inner(points);
        var read = _service.Read(_service.Build(inner, 1234567890123));
        Assert.Equal(1234567890123u, read.RevisionCounter);
        Assert.Equal(TestService.Period, read.Period);
        Assert.Equal(_service.BlindedKey, read.BlindedKey);
        Assert.Equal(180u, read.LifetimeMinutes);
        Assert.Equal(_service.Middle.EphemeralKey, read.Middle.EphemeralKey);
        Assert.Equal(16, read.Middle.Clients.Length);
        Assert.Equal(inner.FlowControl, read.Inner.FlowControl);
        Assert.True(inner.IntroductionPoints.SequenceEqual(read.Inner.IntroductionPoints));
        Assert.Equal(CertificateLifetime.OfDescriptorSigning(TestService.Now), read.SigningKeyCertificate.ExpirationHours);
    }

    [Fact]
    public void Every_field_of_the_inner_layer_survives()
    {
        var inner = TestService.Inner(2) with
        {
            IntroAuthRequired = ["ed25519", "other"],
            SingleOnionService = true,
            PowParameters = new PowParameters([.. Enumerable.Range(0, 32).Select(value => (byte)value)], 77, new DateTimeOffset(2026, 11, 23, 6, 0, 1, TimeSpan.Zero)),
            OtherLines = ["some-future-line with arguments", "another\n-----BEGIN THING-----\nAAAA\n-----END THING-----"],
        };
        var read = _service.Read(_service.Build(inner)).Inner;
        Assert.True(inner.IntroAuthRequired.SequenceEqual(read.IntroAuthRequired));
        Assert.True(read.SingleOnionService);
        Assert.Equal(inner.PowParameters, read.PowParameters);
        Assert.True(inner.OtherLines.SequenceEqual(read.OtherLines));
    }

    [Fact]
    public void Twenty_introduction_points_with_IPv6_are_small_enough_for_HSDirs()
    {
        var random = new Random(1);
        var points = Enumerable.Range(0, 200).Select(_ => TestService.Point(random)).Where(point => point.LinkSpecifiers[0] == 4).Take(20);
        var text = _service.Build(TestService.Inner(0) with { IntroductionPoints = [.. points] });
        Assert.Equal(20, _service.Read(text).Inner.IntroductionPoints.Length);
        Assert.InRange(text.Length, 41_000, 42_000);
    }

    [Fact]
    public void The_outer_layer_is_readable_by_anybody()
    {
        Assert.True(OuterDescriptor.TryReadOuter(_service.Build(TestService.Inner(3), 7), out var outer, out _));
        Assert.Equal(7u, outer.RevisionCounter);
        Assert.Equal(_service.BlindedKey, outer.BlindedKey);
    }

    [Fact]
    public void Copies_say_the_same_in_different_bytes()
    {
        var inner = TestService.Inner(20);
        var copies = DescriptorBuilder.BuildCopies(_service.Keys(), inner, _service.Middle, 9, TestService.Now, 8);
        Assert.Equal(8, copies.Select(Convert.ToHexString).Distinct().Count());
        Assert.Single(copies.Select(copy => copy.Length).Distinct());
        Assert.All(copies, copy => Assert.True(inner.IntroductionPoints.SequenceEqual(_service.Read(copy).Inner.IntroductionPoints)));
    }

    [Fact]
    public void The_text_may_lack_its_last_newline()
    {
        var text = _service.Build(TestService.Inner(1));
        Assert.Equal((byte)'\n', text[^1]);
        _ = _service.Read(text.AsSpan()[..^1]);
    }

    [Fact]
    public void Restricted_discovery_is_for_the_named_clients_only()
    {
        using var first = X25519SecretKey.Generate();
        using var second = X25519SecretKey.Generate();
        using var stranger = X25519SecretKey.Generate();
        using var plan = MiddleLayerPlan.ForClients(_service.Subcredential, [first.PublicKey, second.PublicKey]);
        var text = DescriptorBuilder.Build(_service.Keys(), TestService.Inner(3), plan, 5, TestService.Now);
        Assert.Equal(3, _service.Read(text, first).Inner.IntroductionPoints.Length);
        Assert.Equal(16, _service.Read(text, second).Middle.Clients.Length);
        Assert.Equal(DescriptorFault.ClientAuthorizationNeeded, _service.Fault(text));
        Assert.Equal(DescriptorFault.ClientAuthorizationRefused, _service.Fault(text, client: stranger));
        Assert.Equal(3, _service.Read(_service.Build(TestService.Inner(3)), stranger).Inner.IntroductionPoints.Length);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(16, 16)]
    [InlineData(17, 32)]
    public void Client_lines_are_filled_up_to_a_multiple_of_16(int clients, int lines)
    {
        var keys = new X25519PublicKey[clients];
        for (var i = 0; i < clients; i++)
        {
            using var key = X25519SecretKey.Generate();
            keys[i] = key.PublicKey;
        }

        using var plan = MiddleLayerPlan.ForClients(_service.Subcredential, keys);
        Assert.Equal(lines, plan.Clients.Length);
    }

    [Fact]
    public void What_cannot_be_written_is_not_built()
    {
        Refused(TestService.Inner(21));
        var twice = TestService.Inner(1);
        Refused(twice with { IntroductionPoints = [.. twice.IntroductionPoints, .. twice.IntroductionPoints] });
        Refused(TestService.Inner(1) with { FlowControl = new FlowControl("1-2 31\nfoo", 31) });
        Refused(TestService.Inner(1) with { OtherLines = ["pow-params v2 x"] });
        Refused(TestService.Inner(1) with { OtherLines = ["a\nb"] });
        Refused(TestService.Inner(1) with { OtherLines = ["umlaut \u00e4"] });
        Refused(TestService.Inner(1) with { OtherLines = [new string('x', 40_000)] });
        Refused(TestService.Inner(1) with { Create2Formats = [1] });
        using var other = new TestService();
        _ = Assert.Throws<ArgumentException>(() => DescriptorBuilder.Build(
            _service.Keys() with { SigningKey = other.SigningKey }, TestService.Inner(1), _service.Middle, 1, TestService.Now));
        _ = Assert.Throws<ArgumentException>(() => DescriptorBuilder.Build(
            _service.Keys() with { BlindedKey = other.BlindedKey }, TestService.Inner(1), _service.Middle, 1, TestService.Now));
        _ = Assert.Throws<ArgumentException>(() => DescriptorBuilder.Build(
            _service.Keys(TestService.Now.AddHours(-56)), TestService.Inner(1), _service.Middle, 1, TestService.Now));

        void Refused(InnerLayer inner) => Assert.Throws<ArgumentException>(() => _service.Build(inner));
    }

    [Fact]
    public void The_text_has_C_tors_lines_in_C_tors_order()
    {
        var lines = Encoding.ASCII.GetString(_service.Build(TestService.Inner(3))).Split('\n');
        Assert.Equal("hs-descriptor 3", lines[0]);
        Assert.Equal("descriptor-lifetime 180", lines[1]);
        Assert.Equal("descriptor-signing-key-cert", lines[2]);
        Assert.Equal("-----BEGIN ED25519 CERT-----", lines[3]);
        Assert.Equal("revision-counter 42", lines[8]);
        Assert.Equal("superencrypted", lines[9]);
        Assert.StartsWith("signature ", lines[^2], StringComparison.Ordinal);
        var superencrypted = Convert.FromBase64String(string.Concat(lines[11..^3]));
        Assert.Equal(10_048, superencrypted.Length);
    }
}
