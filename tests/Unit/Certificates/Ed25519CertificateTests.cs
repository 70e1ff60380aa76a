using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Certificates;

public sealed class Ed25519CertificateTests : IDisposable
{
    // From C tor's src/test/test_hs_descriptor.c and .inc: made by tor, each naming and signed by its own key.
    private const string TorDescriptorSigning =
        "AQgABl5+AQoPXRnCGEOxIup3AcjQXb8npNiUFm2Qv7A6JKk/K+EuAQAgBAD18iUD"
        + "nbkUblnUvTHzipq4bcr6aPyFVB42Ptobg4xr8s3VjHiJtjs9MDEdr6nXS7UlyhEl"
        + "78vsuFEvLp7cvAgGxYY1xGXdn5RdHMCdi8W9yZLKMQX9OuJckmp1C6q+cA4=";

    private const string TorIntroductionAuth =
        "AQkACOhAAQW8ltYZMIWpyrfyE/b4Iyi8CNybCwYs6ADk7XfBaxsFAQAgBAD3/BE4"
        + "XojGE/N2bW/wgnS9r2qlrkydGyuCKIGayYx3haZ39LD4ZTmSMRxwmplMAqzG/XNP"
        + "0Kkpg4p2/VnLFJRdU1SMFo1lgQ4P0bqw7Tgx200fulZ4KUM5z5V7m+a/mgY=";

    private const string TorIntroductionEncryption =
        "AQsACOhZAUpNvCZ1aJaaR49lS6MCdsVkhVGVrRqoj0Y2T4SzroAtAQAgBABFOcGg"
        + "lbTt1DF5nKTE/gU3Fr8ZtlCIOhu1A+F5LM7fqCUupfesg0KTHwyIZOYQbJuM5/he"
        + "/jDNyLy9woPJdjkxywaY2RPUxGjLYtMQV0E8PUxWyICV+7y52fTCYaKpYQw=";

    private static readonly DateTimeOffset Now = new(2026, 11, 23, 4, 30, 0, TimeSpan.Zero);

    private readonly DescriptorSigningKey _signer = DescriptorSigningKey.Generate();
    private readonly Bytes32 _subject = Bytes32.Create(RandomNumberGenerator.GetBytes(32));

    public void Dispose() => _signer.Dispose();

    [Theory]
    [InlineData(TorDescriptorSigning, CertificateType.DescriptorSigning, 0x00065E7Eu)]
    [InlineData(TorIntroductionAuth, CertificateType.IntroductionAuth, 0x0008E840u)]
    [InlineData(TorIntroductionEncryption, CertificateType.IntroductionEncryption, 0x0008E859u)]
    public void Reads_and_verifies_what_C_tor_made(string base64, CertificateType type, uint hours)
    {
        Assert.True(Ed25519Certificate.TryParse(Convert.FromBase64String(base64), out var certificate));
        Assert.Equal(type, certificate.Type);
        Assert.Equal(hours, certificate.ExpirationHours);
        Assert.Equal(Ed25519Certificate.UsualLength, certificate.Encoded.Length);
        var signer = Assert.NotNull(certificate.SigningKey);
        Assert.True(certificate.TryVerify(type, signer, certificate.Expiration, out _));
        Assert.False(certificate.TryVerify(type, signer, certificate.Expiration.AddSeconds(1), out var fault));
        Assert.Equal(CertificateFault.Expired, fault);
    }

    [Fact]
    public void Writes_the_text_form_as_C_tor_does_and_reads_it_back()
    {
        var text = "-----BEGIN ED25519 CERT-----\n" + string.Join('\n', TorIntroductionAuth.Chunk(64).Select(line => new string(line)))
            + "\n-----END ED25519 CERT-----";
        Assert.True(Ed25519Certificate.TryParseText(Encoding.ASCII.GetBytes(text), out var certificate));
        Assert.Equal(text, Encoding.ASCII.GetString(certificate.ToText()));
        Assert.True(Ed25519Certificate.TryParseText(Encoding.ASCII.GetBytes(text + "\n"), out var again));
        Assert.Equal(certificate, again);
        Assert.False(Ed25519Certificate.TryParseText(Encoding.ASCII.GetBytes(text + "\nx"), out _));
        Assert.False(Ed25519Certificate.TryParseText(Encoding.ASCII.GetBytes(text.Replace("ED25519 CERT", "UNICORN CERT", StringComparison.Ordinal)), out _));
    }

    [Fact]
    public void A_certificate_made_here_says_what_it_was_asked_to()
    {
        var certificate = Make(CertificateType.IntroductionAuth, 500_000);
        Assert.Equal(_subject, certificate.CertifiedKey);
        Assert.Equal(_signer.PublicKey, certificate.SigningKey);
        Assert.Equal(500_000u, certificate.ExpirationHours);
        Assert.True(certificate.TryVerify(CertificateType.IntroductionAuth, _signer.PublicKey, Now, out _));
    }

    [Fact]
    public void Each_reason_not_to_hold_is_told_apart()
    {
        using var other = DescriptorSigningKey.Generate();
        var certificate = Make(CertificateType.IntroductionAuth, 500_000);
        Assert.Equal(CertificateFault.WrongType, Fault(certificate, CertificateType.IntroductionEncryption, _signer.PublicKey, Now));
        Assert.Equal(CertificateFault.WrongSigningKey, Fault(certificate, CertificateType.IntroductionAuth, other.PublicKey, Now));
        Assert.Equal(CertificateFault.Expired, Fault(certificate, CertificateType.IntroductionAuth, _signer.PublicKey, certificate.Expiration.AddSeconds(1)));
        Assert.Equal(CertificateFault.BadSignature, Fault(Altered(certificate, ^1, 0x01), CertificateType.IntroductionAuth, _signer.PublicKey, Now));
        Assert.Equal(CertificateFault.BadSignature, Fault(Altered(certificate, 10, 0x01), CertificateType.IntroductionAuth, _signer.PublicKey, Now));
        Assert.Equal(CertificateFault.WrongKeyType, Fault(Altered(certificate, 6, 0x03), CertificateType.IntroductionAuth, _signer.PublicKey, Now));
        Assert.Equal(CertificateFault.SigningKeyMissing, Fault(Altered(certificate, 42, 0x01), CertificateType.IntroductionAuth, _signer.PublicKey, Now));
    }

    [Fact]
    public void Unknown_extensions_are_skipped_unless_they_affect_validation()
    {
        Assert.True(Ed25519Certificate.TryParse(WithExtension(9, 0, [1, 2, 3]), out var certificate));
        Assert.Equal(_signer.PublicKey, certificate.SigningKey);
        Assert.True(certificate.TryVerify(CertificateType.IntroductionAuth, _signer.PublicKey, Now, out _));
        Assert.True(Ed25519Certificate.TryParse(WithExtension(9, 0x02, []), out _));
        Assert.False(Ed25519Certificate.TryParse(WithExtension(9, 0x01, [1, 2, 3]), out _));
        Assert.False(Ed25519Certificate.TryParse(WithExtension(4, 0, _subject.ToArray()), out _));
        Assert.False(Ed25519Certificate.TryParse(WithExtension(4, 0, [1]), out _));
    }

    [Fact]
    public void Every_truncation_every_longer_form_and_other_versions_are_refused()
    {
        var encoded = Make(CertificateType.DescriptorSigning, 1).Encoded.ToArray();
        for (var length = 0; length < encoded.Length; length++)
            Assert.False(Ed25519Certificate.TryParse(encoded.AsSpan(0, length), out _));
        Assert.False(Ed25519Certificate.TryParse([.. encoded, 0], out _));
        encoded[0] = 2;
        Assert.False(Ed25519Certificate.TryParse(encoded, out _));
    }

    [Fact]
    public void Lifetimes_round_as_C_tor_does()
    {
        var hour = new DateTimeOffset(2026, 11, 23, 4, 0, 0, TimeSpan.Zero);
        var at = (uint)(hour.ToUnixTimeSeconds() / 3600);
        Assert.Equal(at + 54, CertificateLifetime.OfDescriptorSigning(hour));
        Assert.Equal(at + 55, CertificateLifetime.OfDescriptorSigning(hour.AddSeconds(1)));
        Assert.Equal(at + 55, CertificateLifetime.OfDescriptorSigning(hour.AddSeconds(3599)));
        Assert.Equal(at + 54, CertificateLifetime.OfIntroductionPoint(hour));
        Assert.Equal(at + 54, CertificateLifetime.OfIntroductionPoint(hour.AddSeconds(3599)));
    }

    [Fact]
    public void No_mutation_throws_and_none_verifies()
    {
        var encoded = Make(CertificateType.IntroductionAuth, 500_000).Encoded.ToArray();
        var random = new Random(20261123);
        var mutations = Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1" ? 1_000_000 : 20_000;
        for (var i = 0; i < mutations; i++)
        {
            var mutated = encoded.AsSpan().ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                mutated[random.Next(mutated.Length)] ^= (byte)random.Next(1, 256);
            var length = random.Next(8) == 0 ? random.Next(mutated.Length + 1) : mutated.Length;
            if (Ed25519Certificate.TryParse(mutated.AsSpan(0, length), out var certificate) && !mutated.AsSpan().SequenceEqual(encoded))
                Assert.False(certificate.TryVerify(CertificateType.IntroductionAuth, _signer.PublicKey, Now, out _));
        }
    }

    private static CertificateFault Fault(Ed25519Certificate certificate, CertificateType type, Ed25519PublicKey signer, DateTimeOffset now)
    {
        Assert.False(certificate.TryVerify(type, signer, now, out var fault));
        return fault;
    }

    private static Ed25519Certificate Altered(Ed25519Certificate certificate, Index at, byte mask)
    {
        var encoded = certificate.Encoded.ToArray();
        encoded[at] ^= mask;
        Assert.True(Ed25519Certificate.TryParse(encoded, out var altered));
        return altered;
    }

    private Ed25519Certificate Make(CertificateType type, uint hours)
    {
        var encoded = Ed25519Certificate.Create(type, hours, _subject, _signer.PublicKey.Bytes, _signer.Sign);
        Assert.True(Ed25519Certificate.TryParse(encoded, out var certificate));
        return certificate;
    }

    /// <summary>A well-signed certificate with a second extension.</summary>
    private byte[] WithExtension(byte type, byte flags, byte[] data)
    {
        var usual = Make(CertificateType.IntroductionAuth, 500_000).Encoded.ToArray();
        byte[] signed = [.. usual[..^64], 0, (byte)data.Length, type, flags, .. data];
        signed[39] = 2;
        var signature = new byte[64];
        _signer.Sign(signed, signature);
        return [.. signed, .. signature];
    }
}
