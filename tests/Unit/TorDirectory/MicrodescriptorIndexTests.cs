using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

public sealed class MicrodescriptorIndexTests
{
    private static readonly string One = "onion-key\nntor-onion-key x\nid ed25519 " + ConsensusText.Base64(Enumerable.Repeat((byte)1, 32).ToArray()) + "\n";
    private static readonly string Two = "onion-key\nid rsa1024 abc\nid ed25519 " + ConsensusText.Base64(Enumerable.Repeat((byte)2, 32).ToArray()) + "\nid x y\n";

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public void Finds_every_identity_even_where_the_control_port_took_the_last_newline(string end)
    {
        Assert.True(MicrodescriptorIndex.TryParse(Encoding.ASCII.GetBytes((One + Two)[..^1] + end), out var index));
        Assert.Equal(2, index.Count);
        Assert.Equal(1, Find(index, One));
        Assert.Equal(2, Find(index, Two));
    }

    [Theory]
    [InlineData("onion-key\nntor-onion-key x\n")]
    [InlineData("onion-key\nid ed25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")]
    [InlineData("onion-key\nid ed25519 AAAA\n")]
    [InlineData("onion-key\nid ed25519 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\nid ed25519 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\n")]
    [InlineData("onion-key\nnot-id ed25519 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\n")]
    public void Knows_a_microdescriptor_without_one_good_identity_but_no_identity(string odd)
    {
        Assert.True(MicrodescriptorIndex.TryParse(Encoding.ASCII.GetBytes(One + odd + Two), out var index));
        Assert.Equal(3, index.Count);
        Assert.Equal(-1, Find(index, odd));
        Assert.True(index.Contains(Digest(odd)));
        Assert.Equal(2, Find(index, Two));
    }

    [Fact]
    public void Nothing_is_an_empty_index()
    {
        Assert.True(MicrodescriptorIndex.TryParse([], out var index));
        Assert.Equal(0, index.Count);
    }

    private static int Find(MicrodescriptorIndex index, string text) =>
        index.TryGetIdentity(Digest(text), out var identity) ? identity.Span[0] : -1;

    private static Bytes32 Digest(string text) => Bytes32.Create(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
