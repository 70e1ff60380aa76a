using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Keys;

public sealed class KeyBlindingTests
{
    [Fact]
    public void Agrees_with_C_tor_on_expansion_blinding_and_signatures()
    {
        foreach (var row in Vectors.Load("ed25519-tor"))
        {
            using var key = IdentitySecretKey.FromSeed(row.Hex("seed"));
            var expanded = new byte[64];
            key.ExportExpanded(expanded);
            Assert.Equal(row.Hex("expanded"), expanded);
            Assert.Equal(row.Hex("publicKey"), key.PublicKey.Bytes.ToArray());

            var factor = row.Hex("factor");
            ExpandedEd25519.Clamp(factor);
            var blindedSecret = new byte[64];
            KeyBlinding.BlindSecret(expanded, factor, blindedSecret);
            Assert.Equal(row.Hex("blindedSecret"), blindedSecret);
            Assert.True(KeyBlinding.TryBlind(key.PublicKey.Bytes, factor, out var blindedPublic));
            Assert.Equal(row.Hex("blindedPublic"), blindedPublic.ToArray());

            var signature = new byte[64];
            key.Sign(key.PublicKey.Bytes.Span, signature);
            Assert.Equal(row.Hex("selfSignature"), signature);
        }
    }

    [Fact]
    public void Agrees_with_onionbalance_and_stem_on_whole_periods()
    {
        foreach (var row in Vectors.Load("blinding-onionbalance"))
        {
            using var key = IdentitySecretKey.FromSeed(row.Hex("seed"));
            var period = new TimePeriod(row.GetProperty("period").GetUInt64(), row.GetProperty("lengthMinutes").GetUInt32());
            using var blinded = key.Blind(period);
            Assert.Equal(row.GetProperty("address").GetString(), OnionAddress.From(key.PublicKey).ToFullString());
            Assert.Equal(row.Hex("blindedPublic"), blinded.PublicKey.Bytes.ToArray());
            Assert.Equal(row.Hex("blindedSecret"), blinded.Expanded.ToArray());
            Assert.Equal(row.Hex("subcredential"), Subcredential.Compute(key.PublicKey, blinded.PublicKey).Bytes.ToArray());
            var signature = new byte[64];
            blinded.Sign(row.Hex("message"), signature);
            Assert.Equal(row.Hex("signature"), signature);
        }
    }

    [Fact]
    public void Blinding_the_public_and_the_secret_key_meet_and_sign_for_10_000_random_keys()
    {
        var random = new Random(1);
        var message = new byte[64];
        var signature = new byte[64];
        for (var i = 0; i < 10_000; i++)
        {
            using var key = IdentitySecretKey.Generate();
            var period = new TimePeriod((ulong)random.NextInt64(), (uint)random.Next(1, 100_000));
            using var blinded = key.Blind(period);
            Assert.Equal(key.PublicKey.Blind(period), blinded.PublicKey);
            Assert.NotEqual(key.PublicKey.Blind(period.Next), blinded.PublicKey);
            random.NextBytes(message);
            blinded.Sign(message, signature);
            Assert.True(blinded.PublicKey.Verify(message, signature));
            signature[random.Next(64)] ^= (byte)(1 << random.Next(8));
            Assert.False(blinded.PublicKey.Verify(message, signature));
        }
    }
}
