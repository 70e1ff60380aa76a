using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Authentication;

namespace OnionBalance.Split.Tests.Unit.Control;

public sealed class AuthenticationTests
{
    private const string Hash = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";

    private static ControlReply Reply(int code, params string[] lines) =>
        new([.. lines.Select(text => new ControlReplyLine(code, text, default))]);

    /// <summary>Cookie, nonces: 0..31, 32..63, 64..95. Expected values from Python's hmac module.</summary>
    [Fact]
    public void The_safe_cookie_hashes_are_those_of_the_specification()
    {
        var all = Enumerable.Range(0, 96).Select(i => (byte)i).ToArray();
        Assert.Equal(
            "3c8780ab52365c0d080750447e5f64dabc00428c6c434579c2043e18c1f85389",
            Convert.ToHexStringLower(SafeCookie.ServerHash(all.AsSpan(0, 32), all.AsSpan(32, 32), all.AsSpan(64, 32))));
        Assert.Equal(
            "b47642df2d5abb84f69e6d02d41bed6b44aee33e69562528a82166fc98bc0b1e",
            Convert.ToHexStringLower(SafeCookie.ControllerHash(all.AsSpan(0, 32), all.AsSpan(32, 32), all.AsSpan(64, 32))));
    }

    [Fact]
    public void A_challenge_is_read()
    {
        Assert.True(SafeCookie.TryParseChallenge(Reply(250, $"AUTHCHALLENGE SERVERHASH={Hash} SERVERNONCE={Hash}"), out var hash, out var nonce));
        Assert.Equal(hash, nonce);
        Assert.Equal(32, hash.Length);
    }

    [Theory]
    [InlineData(250, "AUTHCHALLENGE SERVERHASH=" + Hash)]
    [InlineData(250, "AUTHCHALLENGE SERVERHASH=" + Hash + "00 SERVERNONCE=" + Hash)]
    [InlineData(250, "AUTHCHALLENGE SERVERHASH=" + Hash + " SERVERNONCE=00")]
    [InlineData(250, "AUTHCHALLENGE SERVERHASH=" + Hash + " SERVERNONCE=x0112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff")]
    [InlineData(250, "OK SERVERHASH=" + Hash + " SERVERNONCE=" + Hash)]
    [InlineData(513, "AUTHCHALLENGE SERVERHASH=" + Hash + " SERVERNONCE=" + Hash)]
    public void A_wrong_challenge_is_refused(int code, string text) =>
        Assert.False(SafeCookie.TryParseChallenge(Reply(code, text), out _, out _));

    [Fact]
    public void Protocol_information_is_read()
    {
        var reply = Reply(250, "PROTOCOLINFO 1", "AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE=\"/a \\\"b\\\\/\\303\\251/cookie\"", "VERSION Tor=\"0.4.9.11\"", "OK");
        Assert.True(ProtocolInfo.TryParse(reply, out var info));
        Assert.Equal(["COOKIE", "SAFECOOKIE"], info.Methods.AsEnumerable());
        Assert.Equal(("/a \"b\\/é/cookie", "0.4.9.11"), (info.CookieFile, info.TorVersion));
    }

    [Theory]
    [InlineData("AUTH METHODS=NULL", true)]
    [InlineData("AUTH METHODS=COOKIE COOKIEFILE=\"/unterminated", true)]
    [InlineData("AUTH METHODS=COOKIE COOKIEFILE=\"/bad\\777escape\"", true)]
    [InlineData("VERSION Tor=\"0.4.9.11\"", false)]
    [InlineData("AUTHORITY METHODS=NULL", false)]
    public void Unreadable_cookie_paths_are_none_and_methods_are_needed(string line, bool readable)
    {
        Assert.Equal(readable, ProtocolInfo.TryParse(Reply(250, "PROTOCOLINFO 1", line, "OK"), out var info));
        if (readable)
            Assert.Null(info!.CookieFile);
    }
}
