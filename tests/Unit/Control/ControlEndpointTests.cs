using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.Tests.Unit.Control;

public sealed class ControlEndpointTests
{
    [Theory]
    [InlineData("127.0.0.1:9051")]
    [InlineData("[::1]:9051")]
    [InlineData("unix:/run/tor/control")]
    public void These_are_endpoints(string text)
    {
        Assert.True(ControlEndpoint.TryParse(text, out var endpoint));
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("9051")]
    [InlineData(":9051")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:+9051")]
    [InlineData("127.1:9051")]
    [InlineData("1:9051")]
    [InlineData("::1:9051")]
    [InlineData("[::1]")]
    [InlineData("[127.0.0.1]:9051")]
    [InlineData("localhost:9051")]
    [InlineData("unix:")]
    [InlineData("unix:control")]
    [InlineData("UNIX:/run/tor/control")]
    public void These_are_not(string? text) => Assert.False(ControlEndpoint.TryParse(text, out _));

    [Fact]
    public void A_socket_path_must_fit_the_system()
    {
        Assert.True(ControlEndpoint.TryParse("unix:/" + new string('a', 106), out _));
        Assert.False(ControlEndpoint.TryParse("unix:/" + new string('a', 107), out _));
    }
}
