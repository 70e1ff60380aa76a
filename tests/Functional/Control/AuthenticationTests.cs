using System.Text;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Authentication;

namespace OnionBalance.Split.Tests.Functional.Control;

public sealed class AuthenticationTests
{
    private const string Secret = "correct horse \"battery\" staple";

    private static ControlPassword Password(string text) => _ => ValueTask.FromResult<byte[]?>(Encoding.UTF8.GetBytes(text));

    private static async Task<string> VersionAsync(ControlEndpoint endpoint, ControlPassword? password)
    {
        await using var connection = await ControlConnection.ConnectAsync(endpoint, password, ControlLimits.Default, TimeProvider.System, CancellationToken.None);
        var version = await connection.GetInfoAsync("version", CancellationToken.None);
        Assert.Equal(version, connection.TorVersion);
        return version;
    }

    private static Task<ControlException> FailureAsync(ControlEndpoint endpoint, ControlPassword? password) =>
        Assert.ThrowsAsync<ControlException>(() => VersionAsync(endpoint, password));

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task Without_secret_and_with_the_cookie_over_both_sockets(string cookie)
    {
        await using var tor = await TorUnderTest.StartAsync("--CookieAuthentication", cookie);
        Assert.StartsWith("0.4.", await VersionAsync(tor.UnixEndpoint, null), StringComparison.Ordinal);
        Assert.StartsWith("0.4.", await VersionAsync(tor.TcpEndpoint, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_password_and_not_without_it()
    {
        await using var tor = await TorUnderTest.StartAsync("--HashedControlPassword", await TorUnderTest.HashAsync(Secret));
        await VersionAsync(tor.TcpEndpoint, Password(Secret));

        var wrong = await FailureAsync(tor.TcpEndpoint, Password("wrong"));
        Assert.Equal(ControlFault.AuthenticationFailed, wrong.Fault);
        Assert.Contains("tor refused the password: 515", wrong.Message, StringComparison.Ordinal);

        var none = await FailureAsync(tor.TcpEndpoint, null);
        Assert.Contains("tor wants a password, and none is configured", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_file_is_read_at_each_connection_and_named_when_it_cannot_be()
    {
        await using var tor = await TorUnderTest.StartAsync("--HashedControlPassword", await TorUnderTest.HashAsync(Secret));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Secret + "\n");
        var password = PasswordFile.Reader(file);
        await VersionAsync(tor.TcpEndpoint, password);

        File.Delete(file);
        var gone = await FailureAsync(tor.TcpEndpoint, password);
        Assert.Equal(ControlFault.AuthenticationFailed, gone.Fault);
        Assert.Contains(file, gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_password_is_used_when_the_cookie_cannot_be_read()
    {
        await using var tor = await TorUnderTest.StartAsync("--CookieAuthentication", "1", "--HashedControlPassword", await TorUnderTest.HashAsync(Secret));
        File.Delete(tor.CookieFile);
        await VersionAsync(tor.UnixEndpoint, Password(Secret));
    }

    [Fact]
    public async Task A_missing_short_or_foreign_cookie_is_named()
    {
        await using var tor = await TorUnderTest.StartAsync("--CookieAuthentication", "1");
        var cookie = await File.ReadAllBytesAsync(tor.CookieFile);

        await File.WriteAllBytesAsync(tor.CookieFile, new byte[32]);
        await AssertNamedAsync("does not know the cookie in");
        await File.WriteAllBytesAsync(tor.CookieFile, [.. cookie, 0]);
        await AssertNamedAsync("is not 32 bytes long");
        File.Delete(tor.CookieFile);
        await AssertNamedAsync("is not there");

        await File.WriteAllBytesAsync(tor.CookieFile, cookie);
        await VersionAsync(tor.UnixEndpoint, null);

        async Task AssertNamedAsync(string what)
        {
            var e = await FailureAsync(tor.UnixEndpoint, null);
            Assert.Equal(ControlFault.AuthenticationFailed, e.Fault);
            Assert.Contains(what, e.Message, StringComparison.Ordinal);
            Assert.Contains(tor.CookieFile, e.Message, StringComparison.Ordinal);
            Assert.Contains(tor.UnixEndpoint.ToString(), e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nobody_there_is_said_in_words()
    {
        var folder = Directory.CreateTempSubdirectory("onionbalance-none-");
        Assert.True(ControlEndpoint.TryParse($"unix:{folder.FullName}/control", out var missing));
        Assert.Contains("there is no such socket", (await FailureAsync(missing, null)).Message, StringComparison.Ordinal);
        folder.Delete();

        await using var tor = await TorUnderTest.StartAsync();
        var tcp = tor.TcpEndpoint;
        await tor.KillAsync();
        var refused = await FailureAsync(tcp, null);
        Assert.Equal(ControlFault.CannotConnect, refused.Fault);
        Assert.Contains("nothing listens there", refused.Message, StringComparison.Ordinal);
        Assert.Contains("no tor listens on it", (await FailureAsync(tor.UnixEndpoint, null)).Message, StringComparison.Ordinal);
    }
}
