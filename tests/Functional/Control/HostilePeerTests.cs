using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.Tests.Functional.Control;

public sealed class HostilePeerTests : IDisposable
{
    private const string Open = HostilePeer.Open;
    private const string Ok = HostilePeer.Ok;

    private static readonly ControlLimits Impatient = new() { ConnectTimeout = TimeSpan.FromSeconds(1), ReplyTimeout = TimeSpan.FromSeconds(1) };

    private readonly string _cookieFile = Path.GetTempFileName();
    private readonly byte[] _cookie = RandomNumberGenerator.GetBytes(32);

    public HostilePeerTests() => File.WriteAllBytes(_cookieFile, _cookie);

    public void Dispose() => File.Delete(_cookieFile);

    private static async Task<ControlException> FailureAsync(HostilePeer peer, ControlPassword? password = null) =>
        await Assert.ThrowsAsync<ControlException>(async () =>
        {
            await using var connection = await ControlConnection.ConnectAsync(peer.Endpoint, password, Impatient, TimeProvider.System, CancellationToken.None);
            await connection.GetInfoAsync("version", CancellationToken.None);
            await connection.GetInfoAsync("version", CancellationToken.None);
        });

    [Theory]
    [InlineData(ControlFault.ProtocolViolated, "HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData(ControlFault.AuthenticationFailed, "250 OK\r\n")]
    [InlineData(ControlFault.AuthenticationFailed, "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=QUANTUM\r\n250 OK\r\n")]
    [InlineData(ControlFault.AuthenticationFailed, Open, "515 Bad authentication\r\n")]
    [InlineData(ControlFault.ProtocolViolated, Open, Ok, "250-version=1\r\n650 CIRC 1 BUILT\r\n250 OK\r\n")]
    [InlineData(ControlFault.Refused, Open, Ok, "250-nonsense=1\r\n250 OK\r\n")]
    [InlineData(ControlFault.TimedOut)]
    [InlineData(ControlFault.TimedOut, Open)]
    [InlineData(ControlFault.TimedOut, Open, Ok)]
    [InlineData(ControlFault.TimedOut, Open, Ok, "250+version=\r\nand so on\r\n")]
    public async Task No_answer_of_a_false_tor_is_taken_or_waited_for(ControlFault expected, params string[] answers)
    {
        await using var peer = new HostilePeer(answers);
        var since = Stopwatch.GetTimestamp();
        var e = await FailureAsync(peer);
        Assert.Equal(expected, e.Fault);
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_reply_that_nobody_asked_for_ends_the_connection()
    {
        await using var peer = new HostilePeer(Open, Ok, "250-version=1\r\n250 OK\r\n250 OK\r\n");
        await using var connection = await ControlConnection.ConnectAsync(peer.Endpoint, null, Impatient, TimeProvider.System, CancellationToken.None);
        Assert.Equal("1", await connection.GetInfoAsync("version", CancellationToken.None));
        await connection.Closed;
        Assert.Equal(ControlFault.ProtocolViolated, connection.Fault!.Fault);
    }

    [Fact]
    public async Task An_endless_line_is_cut_off()
    {
        await using var peer = new HostilePeer(Open, Ok, new string('2', 10_000_000));
        Assert.Equal(ControlFault.ProtocolViolated, (await FailureAsync(peer)).Fault);
    }

    [Fact]
    public async Task An_endless_reply_is_dropped_as_it_comes()
    {
        var flood = string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 20_000));
        await using var peer = new HostilePeer(Open, Ok, $"250+version=\r\n{flood}.\r\n250 OK\r\n");
        Assert.Equal(ControlFault.ReplyTooLarge, (await FailureAsync(peer)).Fault);
    }

    [Fact]
    public async Task A_false_tor_learns_nothing_of_the_cookie()
    {
        var nonce = new string('0', 64);
        await using var peer = new HostilePeer(
            $"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE=\"{_cookieFile}\"\r\n250 OK\r\n",
            $"250 AUTHCHALLENGE SERVERHASH={nonce} SERVERNONCE={nonce}\r\n",
            Ok);
        var e = await FailureAsync(peer);
        Assert.Equal(ControlFault.AuthenticationFailed, e.Fault);
        Assert.DoesNotContain("AUTHENTICATE", peer.Heard, StringComparison.Ordinal);
    }

    /// <summary>Such as the seed of a descriptor signing key that a Collector holds by delegation.</summary>
    [Theory]
    [InlineData("COOKIE", null)]
    [InlineData("COOKIE,HASHEDPASSWORD", "password")]
    public async Task A_false_tor_is_sent_no_file_of_32_bytes_that_it_names(string methods, string? password)
    {
        await using var peer = new HostilePeer($"250-PROTOCOLINFO 1\r\n250-AUTH METHODS={methods} COOKIEFILE=\"{_cookieFile}\"\r\n250 OK\r\n", Ok, "250-version=1\r\n250 OK\r\n");
        _ = await FailureAsync(peer, password is null ? null : _ => ValueTask.FromResult<byte[]?>(Encoding.ASCII.GetBytes(password)));
        Assert.StartsWith("PROTOCOLINFO", peer.Heard, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(_cookie), peer.Heard, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_FIFO_that_a_false_tor_names_as_its_cookie_holds_up_nothing_and_a_link_to_the_cookie_will_do()
    {
        var directory = Directory.CreateTempSubdirectory();
        // A link is as long as the path in it.
        var fifo = Path.Combine(directory.FullName, new string('f', _cookie.Length));
        await Tool.OutputAsync(Tool.Start("mkfifo", [fifo]), TimeSpan.FromSeconds(10));
        try
        {
            Assert.DoesNotContain("AUTHCHALLENGE", await HeardAsync(fifo), StringComparison.Ordinal);
            Assert.DoesNotContain("AUTHCHALLENGE", await HeardAsync(Link(Path.GetFileName(fifo))), StringComparison.Ordinal);
            Assert.Contains("AUTHCHALLENGE", await HeardAsync(Link(_cookieFile)), StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        string Link(string target) => File.CreateSymbolicLink(Path.Combine(directory.FullName, Path.GetRandomFileName()), target).FullName;

        static async Task<string> HeardAsync(string file)
        {
            await using var peer = new HostilePeer($"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=SAFECOOKIE COOKIEFILE=\"{file}\"\r\n250 OK\r\n", Ok);
            var e = await FailureAsync(peer).WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(ControlFault.AuthenticationFailed, e.Fault);
            return peer.Heard;
        }
    }
}
