using System.Text.RegularExpressions;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>The name of an onion service goes to the proxy and nowhere else. Watched from outside the process, with strace.</summary>
public sealed partial class OnionNameTests : IAsyncLifetime
{
    private const string Onion = "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly TestPki _pki = new();
    private EchoServer _server = null!;
    private Socks5Server _proxy = null!;

    public async Task InitializeAsync()
    {
        _server = await EchoServer.StartAsync(_pki.Issue(PeerRole.Collector, "collector"));
        _proxy = new Socks5Server(_server.Port);
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
        _pki.Dispose();
    }

    [Fact]
    public async Task An_onion_name_behind_a_proxy_is_never_resolved()
    {
        var (output, calls) = await TraceAsync($"socks5://isolated:secret@127.0.0.1:{_proxy.Port}");
        Assert.Equal("hello", output);
        Assert.Equal([$"domain {Onion}:7070 as isolated:secret"], _proxy.Requests);
        Assert.Contains(calls, call => call.Contains($"htons({_proxy.Port})", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, call => Resolving().IsMatch(call));
    }

    [Fact]
    public async Task The_same_without_the_cure_is_seen_to_leak()
    {
        var (output, calls) = await TraceAsync($"127.0.0.1:{_proxy.Port}", "naive");
        Assert.NotEqual("hello", output);
        Assert.Contains(calls, call => Resolving().IsMatch(call));
        Assert.Empty(_proxy.Requests);
    }

    [Fact]
    public void Without_a_proxy_an_onion_name_is_not_dialed_at_all()
    {
        using var identity = MutualTlsIdentity.Load(_pki.Issue(PeerRole.Agent, "web-1"), TimeProvider.System, _server.Log);
        var refusal = Assert.Throws<DaemonException>(() => GrpcChannelFactory.Create($"{Onion}:7070", identity, PeerExpectation.Server(PeerRole.Collector)));
        Assert.Contains("without a SOCKS5 proxy", refusal.Message, StringComparison.Ordinal);
    }

    private async Task<(string Output, string[] Calls)> TraceAsync(string proxy, params string[] more)
    {
        var files = _pki.Issue(PeerRole.Agent, "web-1");
        var log = Path.Combine(_pki.Folder, $"strace-{Guid.NewGuid():N}");
        var helper = Tool.StartHelper(
            ["dial", $"{Onion}:7070", proxy, files.Certificate, files.Key, files.Ca, .. more],
            null,
            "strace", "-f", "-qq", "-o", log, "-e", "trace=connect,sendto,sendmsg,sendmmsg");
        var output = await Tool.OutputAsync(helper, Patience);
        return (output.Trim(), await File.ReadAllLinesAsync(log));
    }

    /// <summary>DNS over the wire, or a resolver's socket on this machine.</summary>
    [GeneratedRegex(@"htons\(53\)|nscd|resolve")]
    private static partial Regex Resolving();
}
