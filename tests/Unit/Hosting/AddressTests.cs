using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class AddressTests
{
    [Theory]
    [InlineData("localhost:1", "localhost", 1)]
    [InlineData("127.0.0.1:65535", "127.0.0.1", 65535)]
    [InlineData("[::1]:9051", "::1", 9051)]
    [InlineData("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion:443", "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion", 443)]
    public void An_endpoint_is_read_and_written(string text, string host, int port)
    {
        Assert.True(EndpointAddress.TryParse(text, out var endpoint));
        Assert.Equal((host, port, null), (endpoint.Host, endpoint.Port, endpoint.UnixPath));
        Assert.Equal(text, endpoint.ToString());
    }

    [Fact]
    public void A_unix_socket_is_an_absolute_path()
    {
        Assert.True(EndpointAddress.TryParse("unix:/run/x.sock", out var endpoint));
        Assert.Equal(("/run/x.sock", "unix:/run/x.sock"), (endpoint.UnixPath, endpoint.ToString()));
        Assert.False(EndpointAddress.TryParse("unix:x.sock", out _));
        Assert.False(EndpointAddress.TryParse("unix:/" + new string('x', 107), out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("host")]
    [InlineData(":1")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:+1")]
    [InlineData("host:1x")]
    [InlineData("::1:9051")]
    [InlineData("[::1]")]
    [InlineData("[host]:1")]
    [InlineData("ho st:1")]
    [InlineData("user@host:1")]
    [InlineData("https://host:1")]
    [InlineData("host/path:1")]
    public void What_is_no_endpoint_is_refused(string? text) => Assert.False(EndpointAddress.TryParse(text, out _));

    [Fact]
    public void A_proxy_may_want_a_user_and_password_and_does_not_show_the_latter()
    {
        Assert.True(Socks5Proxy.TryParse("127.0.0.1:9050", out var plain));
        Assert.Equal((9050, null, null), (plain.Address.Port, plain.User, plain.Password));
        Assert.True(Socks5Proxy.TryParse("socks5://web:s:e@cret@[::1]:9050", out var proxy));
        Assert.Equal(("::1", "web", "s:e@cret"), (proxy.Address.Host, proxy.User, proxy.Password));
        Assert.Equal("socks5://web@[::1]:9050", proxy.ToString());
        Assert.False(Socks5Proxy.TryParse("http://127.0.0.1:9050", out _));
        Assert.False(Socks5Proxy.TryParse("socks5://web@127.0.0.1:9050", out _));
        Assert.False(Socks5Proxy.TryParse("unix:/run/tor/socks", out _));
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("54h", 194_400_000)]
    [InlineData("30d", 2_592_000_000)]
    [InlineData("0s", 0)]
    public void Durations_are_a_number_and_a_unit(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
        Assert.Equal(text, DurationText.Format(duration));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1w")]
    [InlineData("١s")]
    [InlineData("9999999999h")]
    public void Other_durations_are_refused(string? text) => Assert.False(DurationText.TryParse(text, out _));
}
