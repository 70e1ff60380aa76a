using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Python's gRPC, an implementation of another family, against our server over mutual TLS.</summary>
public sealed class PythonClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly TestPki _pki = new();
    private EchoServer _server = null!;

    public async Task InitializeAsync() => _server = await EchoServer.StartAsync(_pki.Issue(PeerRole.Collector, "collector"));

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _pki.Dispose();
    }

    [Fact]
    public async Task Python_and_our_server_understand_each_other()
    {
        var agent = _pki.Issue(PeerRole.Agent, "web-1");
        var lines = await RunAsync(
            _pki.CaFile, agent, "unary", "collect", "expand", "chat", "metadata", "fail", "deadline", "cancel", "big", "too_big", "unknown", "health");
        Assert.Equal(
            [
                "unary: hello",
                "collect: 40 41943040",
                "expand: 0,1,2,3,4",
                "chat: 0,1,2",
                "metadata: kept kept 0001ff",
                "fail: FAILED_PRECONDITION nicht möglich: 100 % last",
                "deadline: DEADLINE_EXCEEDED",
                "cancel: cancelled",
                "big: True",
                "too_big: RESOURCE_EXHAUSTED",
                "unknown: UNIMPLEMENTED",
                "health: 0801",
            ],
            lines);
        Assert.True(await Eventually.IsAsync(() => _server.Record.Ended.ContainsKey("python-deadline")), "the deadline did not reach the server");
        Assert.True(await Eventually.IsAsync(() => _server.Record.Ended.ContainsKey("python-cancel")), "the cancellation did not reach the server");
        Assert.Equal(["onionbalance-split://agent/web-1"], _server.Record.Callers.Keys);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_refused() =>
        await IsRefusedAsync(null, "it presented no certificate");

    [Fact]
    public async Task A_client_of_another_CA_is_refused()
    {
        using var stranger = new TestPki();
        await IsRefusedAsync(stranger.Issue(PeerRole.Agent, "web-1"), "its certificate is not of the operator's CA");
    }

    [Fact]
    public async Task A_client_of_another_CA_with_the_name_of_ours_is_refused()
    {
        // Without our reason in the log: OpenSSL meets the bad signature before we are asked.
        using var forger = new TestPki(_pki.Root.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        Assert.Equal(["refused: UNAVAILABLE"], await RunAsync(_pki.CaFile, forger.Issue(PeerRole.Agent, "web-1"), "refused"));
        Assert.Empty(_server.Record.Callers);
    }

    [Fact]
    public async Task An_expired_client_is_refused() =>
        await IsRefusedAsync(_pki.Issue(PeerRole.Agent, "web-1", CertificateWish.Expired), "its certificate expired on");

    [Fact]
    public async Task A_client_of_the_wrong_role_is_refused() =>
        await IsRefusedAsync(
            _pki.Issue(PeerRole.Collector, "web-1", new CertificateWish { AsServer = false }),
            "its certificate is for onionbalance-split://collector/web-1, and agent or signer is wanted here");

    [Fact]
    public async Task A_certificate_for_servers_makes_no_client() =>
        await IsRefusedAsync(
            _pki.Issue(PeerRole.Agent, "web-1", new CertificateWish { AsServer = true }),
            "its certificate is not made for TLS clients (clientAuth)");

    [Fact]
    public async Task A_certificate_for_nothing_in_particular_makes_no_client() =>
        await IsRefusedAsync(
            _pki.Issue(PeerRole.Agent, "web-1", new CertificateWish { NoPurpose = true }),
            "its certificate is not made for TLS clients (clientAuth)");

    [Fact]
    public async Task Two_identities_in_one_certificate_are_one_too_many() =>
        await IsRefusedAsync(
            _pki.Issue(PeerRole.Agent, "web-1", new CertificateWish { Uris = ["onionbalance-split://agent/web-1", "onionbalance-split://agent/web-2"] }),
            "names 2 onionbalance-split://ROLE/NAME identities instead of one");

    private async Task IsRefusedAsync(TlsFiles? client, string reason)
    {
        Assert.Equal(["refused: UNAVAILABLE"], await RunAsync(_pki.CaFile, client, "refused"));
        Assert.True(await _server.Log.HasAsync(reason), $"logged: {string.Join(" / ", _server.Log.Lines)}");
        Assert.Empty(_server.Record.Callers);
    }

    private async Task<string[]> RunAsync(string ca, TlsFiles? client, params string[] cases)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Grpc", "grpcio_client.py");
        var tool = Tool.Start("/usr/bin/python3", [script, $"127.0.0.1:{_server.Port}", ca, client?.Certificate ?? "", client?.Key ?? "", .. cases]);
        return (await Tool.OutputAsync(tool, Patience)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
