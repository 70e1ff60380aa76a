using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

public sealed class Curve25519FormTests
{
    // C tor, src/test/ed25519_vectors.inc: pairs of one key, whose sign the conversion leaves out.
    [Theory]
    [InlineData("17ba77846e04c7ee5ca17cade774ac1884408f9701f439d4df32cbd8736c6a1f", "c2247870536a192d142d056abefca68d6193158e7c1a59c1654c954eccaff894")]
    [InlineData("022be2124bc1899a78ba2b4167d191af3b59cadf94f0382bc31ce183a117f161", "1519a3b15816a1aafab0b213892026ebf5c0dc232c58b21088d88cb90e9b940d")]
    [InlineData("bf4fd38ef22f718f03c0a12ba5127bd1e3afd494793753f519728b29cc577571", "081faa81992e360ea22c06af1aba096e7a73f1c665bc8b3e4e531c46455fd1dd")]
    [InlineData("56c493e490261cef31633efd2461d2b896908e90459e4eecde950a895aef681d", "73cfa1189a723aad7966137cbffa35140bb40d7e16eae4c40b79b5f0360dd65a")]
    [InlineData("089675a3e8ff2a7d8b2844a79269c95b7f97a4b8b5ea0cbeec669c6f2dea9b39", "66c1a77104d86461b6f98f73acf3cd229c80624495d2d74d6fda1e940080a96b")]
    public void The_Ed25519_form_is_C_tors(string curve25519, string ed25519)
    {
        var expected = Convert.FromHexString(ed25519);
        expected[31] &= 0x7F;
        Assert.Equal(expected, Curve25519Form.ToEd25519(new X25519PublicKey(Bytes32.Create(Convert.FromHexString(curve25519)))).ToArray());
    }

    [Fact]
    public void Every_32_bytes_have_a_form()
    {
        var random = new Random(1);
        var bytes = new byte[32];
        for (var i = 0; i < 1000; i++)
        {
            random.NextBytes(bytes);
            var key = new X25519PublicKey(Bytes32.Create(bytes));
            var form = Curve25519Form.ToEd25519(key);
            Assert.True(Curve25519Form.IsEd25519(form, key));
            var other = form.ToArray();
            other[random.Next(32)] ^= (byte)(1 << random.Next(8));
            Assert.False(Curve25519Form.IsEd25519(Bytes32.Create(other), key));
        }

        // u = p - 1, where u + 1 has no inverse.
        var last = new X25519PublicKey(Bytes32.Create(Convert.FromHexString("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
        Assert.Equal(default, Curve25519Form.ToEd25519(last));
        Assert.True(Curve25519Form.IsEd25519(default, last));
        Assert.False(Curve25519Form.IsEd25519(last.Bytes, last));
    }
}
