using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

public sealed class RandomKeyTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1";

    [Fact]
    public void Descriptors_of_random_services_read_back_the_same_and_lint_clean()
    {
        var random = new Random(4711);
        for (var i = 0; i < (Long ? 10_000 : 200); i++)
        {
            using var service = new TestService();
            var inner = TestService.Inner(random.Next(i % 20 == 0 ? 21 : 4), random) with { SingleOnionService = random.Next(4) == 0 };
            var revision = (ulong)random.NextInt64();
            var text = service.Build(inner, revision);
            Assert.Empty(DescriptorLinter.Lint(text, new LintExpectation(service.Identity.PublicKey, TestService.Period, TestService.Now)
            {
                RevisionCounter = revision,
                IntroductionPoints = inner.IntroductionPoints,
                SigningKey = service.SigningKey.PublicKey,
                BuiltAt = TestService.Now,
            }));
        }
    }

    [Fact]
    public void Layers_decrypt_under_their_own_secret_and_no_other()
    {
        var random = new Random(815);
        Span<byte> bytes = stackalloc byte[32];
        for (var i = 0; i < 10_000; i++)
        {
            random.NextBytes(bytes);
            var key = new BlindedPublicKey(Bytes32.Create(bytes));
            random.NextBytes(bytes);
            var subcredential = new Subcredential(Bytes32.Create(bytes));
            var revision = (ulong)random.NextInt64();
            var plaintext = new byte[random.Next(1, 300)];
            random.NextBytes(plaintext);
            var secret = LayerSecret.OfInner(key, subcredential, revision, bytes[..16]);
            var layer = LayerEncryption.Encrypt(secret, plaintext);
            Assert.Equal(plaintext.Length + 48, layer.Length);
            Assert.True(LayerEncryption.TryDecrypt(secret, layer, out var again));
            Assert.Equal(plaintext, again);
            Assert.False(LayerEncryption.TryDecrypt(LayerSecret.OfInner(key, subcredential, revision + 1, bytes[..16]), layer, out _));
            Assert.False(LayerEncryption.TryDecrypt(LayerSecret.OfInner(key, subcredential, revision, []), layer, out _));
            Assert.False(LayerEncryption.TryDecrypt(LayerSecret.OfMiddle(key, subcredential, revision), layer, out _));
        }
    }

    [Fact]
    public void Counter_mode_is_that_of_NIST()
    {
        // SP 800-38A F.5.5, CTR-AES256.Encrypt, blocks 1 to 4: the counter runs over its byte borders.
        var data = Convert.FromHexString("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
        AesCtr.Transform(
            Convert.FromHexString("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
            Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
            data);
        Assert.Equal(
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
            Convert.ToHexStringLower(data));
    }
}
