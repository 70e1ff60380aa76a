using System.Text.Json;
using OnionBalance.Split.Tests.Unit.Descriptors;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Tests.Functional.Descriptors;

public sealed class StemReadsOurs
{
    // stem looks at the real clock.
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task Stem_decrypts_our_descriptor_and_finds_what_was_put_in(int points)
    {
        using var service = new TestService();
        var inner = TestService.Inner(points);
        var text = DescriptorBuilder.Build(service.Keys(Now), inner, service.Middle, 4242, Now);
        var found = await Stem.RunAsync("stem_reads.py", text, OnionAddress.From(service.Identity.PublicKey).ToFullString());
        Assert.Equal(4242, found.GetProperty("revision").GetInt64());
        Assert.Equal(180, found.GetProperty("lifetime").GetInt32());
        Assert.Equal(16, found.GetProperty("clients").GetInt32());
        Assert.Equal(service.BlindedKey.Bytes.ToHex(), found.GetProperty("blindedKey").GetString());
        Assert.Equal(service.SigningKey.PublicKey.Bytes.ToHex(), found.GetProperty("signingKey").GetString());
        Assert.Equal([2], found.GetProperty("formats").EnumerateArray().Select(format => format.GetInt32()));
        Assert.Equal(inner.IntroductionPoints.Select(Expected), found.GetProperty("points").EnumerateArray().Select(Keys));
        Assert.All(found.GetProperty("points").EnumerateArray(), point =>
        {
            Assert.Equal(service.SigningKey.PublicKey.Bytes.ToHex(), point.GetProperty("authSigner").GetString());
            Assert.Equal(service.SigningKey.PublicKey.Bytes.ToHex(), point.GetProperty("encSigner").GetString());
            Assert.Equal(CertificateLifetime.OfIntroductionPoint(Now) * 3600L, point.GetProperty("authExpiration").GetInt64());
        });
    }

    private static string Expected(IntroductionPoint point) => string.Join(
        ' ', Convert.ToHexStringLower(point.LinkSpecifiers.AsSpan()), point.OnionKey.Bytes.ToHex(), point.AuthKey.Bytes.ToHex(), point.EncKey.Bytes.ToHex());

    private static string Keys(JsonElement point) =>
        string.Join(' ', new[] { "linkSpecifiers", "onionKey", "authKey", "encKey" }.Select(name => point.GetProperty(name).GetString()));
}
