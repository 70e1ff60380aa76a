using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Keys;

public sealed class OnionAddressTests
{
    // rend-spec-v3 6 prints these three as examples.
    [Theory]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")]
    [InlineData("sp3k262uwy4r2k3ycr5awluarykdpag6a7y33jxop4cs2lu5uz5sseqd.onion")]
    [InlineData("xa4r2iadxm55fbnqgwwi5mymqdcofiu3w6rpbtqn7b2dyn7mgwj64jyd.onion")]
    public void Reads_and_writes_the_examples_of_the_specification(string text)
    {
        Assert.True(OnionAddress.TryParse(text, out var address));
        Assert.Equal(text, address.ToFullString());
        Assert.True(OnionAddress.TryParse(text[..56].ToUpperInvariant(), out var bare));
        Assert.Equal(address, bare);
        Assert.Equal($"[...]{text[52..]}", address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".onion")]
    [InlineData("expyuzz4wqqyqhjn.onion")] // v2
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscrye.onion")] // version 4
    [InlineData("qg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")] // checksum
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscry1.onion")] // not base32
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion.")]
    [InlineData("www.pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")]
    public void Refuses_what_is_no_v3_address(string text) => Assert.False(OnionAddress.TryParse(text, out _));

    [Fact]
    public void Refuses_a_key_of_small_or_mixed_order_whatever_its_checksum()
    {
        var identityPoint = new byte[32];
        identityPoint[0] = 1;
        Assert.False(IdentityPublicKey.TryCreate(identityPoint, out _));
        Assert.False(IdentityPublicKey.TryCreate(new byte[32], out _));
        // A point of order 8; then a good point with the point of order 2 added, (x, y) to (-x, -y).
        Assert.False(IdentityPublicKey.TryCreate(Convert.FromHexString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), out _));
        using var key = IdentitySecretKey.Generate();
        Assert.False(IdentityPublicKey.TryCreate(Negated(key.PublicKey.Bytes.ToArray()), out _));
    }

    [Fact]
    public void Round_trips_10_000_random_keys_and_finds_every_changed_character()
    {
        var random = new Random(2);
        for (var i = 0; i < 10_000; i++)
        {
            using var key = IdentitySecretKey.Generate();
            var text = OnionAddress.From(key.PublicKey).ToFullString();
            Assert.True(OnionAddress.TryParse(text, out var address));
            Assert.Equal(key.PublicKey, address.PublicKey);
            var changed = text.ToCharArray();
            var at = random.Next(52);
            changed[at] = changed[at] == 'a' ? 'b' : 'a';
            if (OnionAddress.TryParse(new string(changed), out var other))
                Assert.NotEqual(address, other);
        }
    }

    /// <summary>(x, y) to (-x, -y): p - y, and the sign of x flipped.</summary>
    private static byte[] Negated(byte[] point)
    {
        var sign = point[31] & 0x80;
        point[31] &= 0x7F;
        var p = (System.Numerics.BigInteger.One << 255) - 19;
        var y = p - new System.Numerics.BigInteger(point, isUnsigned: true);
        var result = new byte[32];
        Assert.True(y.TryWriteBytes(result, out _, isUnsigned: true));
        result[31] |= (byte)(sign ^ 0x80);
        return result;
    }
}
