using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class PeerIdentityTests
{
    [Theory]
    [InlineData("onionbalance-split://agent/web-1", PeerRole.Agent, "web-1")]
    [InlineData("onionbalance-split://collector/a", PeerRole.Collector, "a")]
    [InlineData("onionbalance-split://signer/0.vault.example", PeerRole.Signer, "0.vault.example")]
    public void An_identity_is_read_and_written(string uri, PeerRole role, string name)
    {
        Assert.True(PeerIdentity.TryParse(uri, out var peer));
        Assert.Equal(new PeerIdentity(role, name), peer);
        Assert.Equal(uri, peer.ToUri());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("agent/web-1")]
    [InlineData("https://agent/web-1")]
    [InlineData("ONIONBALANCE-SPLIT://agent/web-1")]
    [InlineData("onionbalance-split://Agent/web-1")]
    [InlineData("onionbalance-split://root/web-1")]
    [InlineData("onionbalance-split://agent")]
    [InlineData("onionbalance-split://agent/")]
    [InlineData("onionbalance-split://agent/Web")]
    [InlineData("onionbalance-split://agent/-web")]
    [InlineData("onionbalance-split://agent/web/1")]
    [InlineData("onionbalance-split://agent/web 1")]
    [InlineData("onionbalance-split://agent/web%31")]
    [InlineData("onionbalance-split://agent/web?x")]
    [InlineData("onionbalance-split://agent/wéb")]
    [InlineData("onionbalance-split://agent:1/web")]
    [InlineData("onionbalance-split://agent/0123456789012345678901234567890123456789012345678901234567890123")]
    public void What_is_not_spelled_so_is_no_identity(string? uri) => Assert.False(PeerIdentity.TryParse(uri, out _));

    [Fact]
    public void A_certificate_names_exactly_one()
    {
        Assert.Equal("onionbalance-split://agent/web-1", Read(names => names.AddUri(new Uri("onionbalance-split://agent/web-1"))));
        Assert.Equal(
            "onionbalance-split://agent/web-1",
            Read(names =>
            {
                names.AddDnsName("web.example");
                names.AddUri(new Uri("https://example.org/"));
                names.AddUri(new Uri("onionbalance-split://agent/web-1"));
                names.AddIpAddress(System.Net.IPAddress.Loopback);
                names.AddEmailAddress("a@example.org");
            }));
        Assert.Contains("names 0 ", Read(names => names.AddDnsName("web.example")), StringComparison.Ordinal);
        Assert.Contains(
            "names 2 ",
            Read(names =>
            {
                names.AddUri(new Uri("onionbalance-split://agent/web-1"));
                names.AddUri(new Uri("onionbalance-split://signer/web-1"));
            }),
            StringComparison.Ordinal);
        Assert.Contains("role agent, collector or signer", Read(names => names.AddUri(new Uri("onionbalance-split://root/web-1"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_cannot_be_read_are_no_identity()
    {
        Assert.Contains("no readable", Read(extension: null), StringComparison.Ordinal);
        Assert.Contains("no readable", Read([]), StringComparison.Ordinal);
        Assert.Contains("no readable", Read([0x30, 0x05, 0x86, 0x10, 0x61]), StringComparison.Ordinal);
        Assert.Contains("no readable", Read([0x30, 0x00, 0x00]), StringComparison.Ordinal);
        Assert.Contains("no readable", Read([0x30, 0x03, 0x86, 0x01, 0xE9]), StringComparison.Ordinal);
        var many = new AsnWriter(AsnEncodingRules.DER);
        using (many.PushSequence())
        {
            for (var name = 0; name < 1000; name++)
                many.WriteCharacterString(UniversalTagNumber.IA5String, "a", new Asn1Tag(TagClass.ContextSpecific, 2));
        }

        Assert.Contains("no readable", Read(many.Encode()), StringComparison.Ordinal);
    }

    private static string Read(Action<SubjectAlternativeNameBuilder> fill)
    {
        var names = new SubjectAlternativeNameBuilder();
        fill(names);
        return Read(names.Build().RawData);
    }

    private static string Read(byte[]? extension)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        if (extension is not null)
            request.CertificateExtensions.Add(new X509Extension("2.5.29.17", extension, false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(50));
        return PeerIdentity.TryFromCertificate(certificate, out var peer, out var problem) ? peer.ToUri() : problem;
    }
}
