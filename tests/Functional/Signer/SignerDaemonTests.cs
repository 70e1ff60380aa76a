using Grpc.Core;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>The daemon over its link: real process, real mutual TLS.</summary>
public sealed class SignerDaemonTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly SignerUnderTest _signer = new();

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task A_first_start_that_fails_over_a_wrong_key_leaves_no_state()
    {
        using var other = IdentitySecretKey.Generate();
        using (var secret = TorKeyFile.WriteSecret(other))
            AtomicFile.Write(_signer.InFolder("key"), secret.Span);
        _signer.Configure("127.0.0.1:1");
        _signer.Start();
        Assert.Equal(1, await _signer.EndedAsync());
        await _signer.WaitForLogAsync("holds the key of");
        Assert.False(StateFolder.IsInitialised(_signer.StateFolderPath));
        Assert.False(File.Exists(_signer.StateFile));
    }

    [Fact]
    public async Task Offers_its_services_and_signs()
    {
        await using var collector = await StartAsync();
        var attached = await collector.NextAsync(Soon);
        Assert.Equal([_signer.Service.ToFullString()], attached.Hello.ServiceAddresses);
        Assert.StartsWith("onionbalance-signer ", attached.Hello.Software, StringComparison.Ordinal);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, (await attached.AskAsync(_signer.Honest()))?.OutcomeCase);
        await _signer.WaitForLogAsync("revision counter");
        Assert.DoesNotContain(_signer.Service.Label, _signer.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(_signer.Instance.Address.Label, _signer.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_every_one_of_many_requests_sent_at_once()
    {
        await using var collector = await StartAsync();
        var attached = await collector.NextAsync(Soon);
        var request = _signer.Honest();
        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => attached.AskAsync(request))).WaitAsync(Soon);
        Assert.Equal(30, results.Select(result => result!.Signed.RevisionCounter).Distinct().Count());
    }

    [Fact]
    public async Task Dials_again_when_the_collector_comes_back()
    {
        var collector = await StartAsync();
        await collector.NextAsync(Soon);
        await collector.DisposeAsync();
        await using var again = await LinkServer.StartAsync(_signer.Tls("collector1"), collector.Endpoint);
        var attached = await again.NextAsync(Soon);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, (await attached.AskAsync(_signer.Honest()))?.OutcomeCase);
    }

    [Fact]
    public async Task To_a_collector_that_refuses_it_it_is_not_attached_and_goes_ever_more_slowly()
    {
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        collector.Refusal = new Status(StatusCode.PermissionDenied, "the certificate's role may not call this method");
        _signer.Configure(collector.Endpoint);
        _signer.Start();
        await _signer.WaitForLogAsync("ends one stream after the other");
        await Task.Delay(TimeSpan.FromSeconds(6));
        var dialed = 0;
        while (await collector.IsDialedAsync(TimeSpan.FromMilliseconds(10)))
            dialed++;
        Assert.InRange(dialed, 2, 20);
        Assert.False(_signer.Log.Contains("Attached to the Collector", StringComparison.Ordinal), _signer.Log);
        Assert.Equal(3, _signer.Log.Split("may not call this method").Length);
    }

    [Theory]
    [InlineData("collector2", "the name collector1 is wanted here")] // another Collector of the same CA
    [InlineData("agent1", "is not made for TLS servers")]
    [InlineData("signer1", "is not made for TLS servers")]
    public async Task Attaches_to_nobody_but_the_collector_it_is_told(string impostor, string reason)
    {
        await using var collector = await StartAsync(impostor);
        await _signer.WaitForLogAsync("Not attached to the Collector");
        Assert.False(await collector.IsDialedAsync(TimeSpan.FromSeconds(1)));
        Assert.True(_signer.Log.Contains(reason, StringComparison.Ordinal), _signer.Log);
    }

    [Fact]
    public async Task Takes_up_a_new_configuration_without_dropping_the_link_and_keeps_the_old_when_it_is_bad()
    {
        await using var collector = await StartAsync();
        var attached = await collector.NextAsync(Soon);
        _signer.Configure(collector.Endpoint, extra: "colectors: []");
        _signer.Signal("HUP");
        await _signer.WaitForLogAsync("the old one stays in force");
        Assert.Contains("colectors", _signer.Log, StringComparison.Ordinal);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, (await attached.AskAsync(_signer.Honest()))?.OutcomeCase);

        _signer.Configure(collector.Endpoint, extra: "# the same");
        _signer.Signal("HUP");
        await _signer.WaitForLogAsync("is in force.");
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, (await attached.AskAsync(_signer.Honest()))?.OutcomeCase);
        Assert.False(attached.Ended.IsCompleted);
    }

    [Fact]
    public async Task Says_hello_again_when_it_offers_another_service_which_signs_once_its_state_is_made()
    {
        await using var collector = await StartAsync();
        await collector.NextAsync(Soon);
        Assert.Equal(0, (await SignerUnderTest.RunAsync("key", "generate", "--to", _signer.InFolder("other"), "--yes")).Code);
        var address = (await File.ReadAllTextAsync(_signer.InFolder("other/hostname"))).Trim();
        _signer.Configure(collector.Endpoint, services: $"  - {{address: {address}, key: {{file: other}}, instances: [{_signer.Instance.Address.ToFullString()}]}}");
        _signer.Signal("HUP");
        var attached = await collector.NextAsync(Soon);
        Assert.Contains(address, attached.Hello.ServiceAddresses);

        var request = _signer.Honest();
        request.ServiceAddress = address;
        Assert.Equal(SignRefusal.StateLost, (await attached.AskAsync(request))?.Refusal?.Reason);
        var (code, output) = await SignerUnderTest.RunAsync("state", "create", "--config", _signer.ConfigFile, "--service", address);
        Assert.True(code == 0, output);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, (await attached.AskAsync(request))?.OutcomeCase);
        Assert.Equal(1, (await SignerUnderTest.RunAsync("state", "create", "--config", _signer.ConfigFile, "--service", address)).Code);
    }

    [Fact]
    public async Task Stops_cleanly_when_it_is_told_to()
    {
        await using var collector = await StartAsync();
        await collector.NextAsync(Soon);
        _signer.Signal("TERM");
        Assert.Equal(0, await _signer.EndedAsync());
    }

    [Fact]
    public async Task Does_not_start_with_a_key_that_others_can_read_or_that_is_another_services()
    {
        File.SetUnixFileMode(_signer.InFolder("key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        _signer.Configure("127.0.0.1:1");
        _signer.Start();
        Assert.Equal(1, await _signer.EndedAsync());
        await _signer.WaitForLogAsync("chmod 600");

        await SignerUnderTest.RunAsync("key", "generate", "--to", _signer.InFolder("other"), "--yes");
        File.Delete(_signer.InFolder("key"));
        File.Move(_signer.InFolder("other/hs_ed25519_secret_key"), _signer.InFolder("key"));
        _signer.Start();
        Assert.Equal(1, await _signer.EndedAsync());
        await _signer.WaitForLogAsync("correct its address or key");
    }

    [Fact]
    public async Task Listens_on_nothing_and_leaves_no_core_dump()
    {
        await using var collector = await StartAsync();
        var attached = await collector.NextAsync(Soon);
        await attached.AskAsync(_signer.Honest());
        var limits = await File.ReadAllLinesAsync($"/proc/{_signer.ProcessId}/limits");
        Assert.Matches(@"^Max core file size\s+0\s+0\s", Assert.Single(limits, line => line.StartsWith("Max core file size", StringComparison.Ordinal)));
        var sockets = Directory.GetFiles($"/proc/{_signer.ProcessId}/fd")
            .Select(file => new FileInfo(file).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target[8..^1])
            .ToHashSet();
        Assert.NotEmpty(sockets);
        // State and inode by column: TCP_LISTEN, and __SO_ACCEPTCON of unix sockets.
        Assert.DoesNotContain(Rows("tcp").Concat(Rows("tcp6")), fields => fields is [_, _, _, "0A", ..] && sockets.Contains(fields[9]));
        Assert.DoesNotContain(Rows("unix"), fields => fields is [_, _, _, "00010000", ..] && sockets.Contains(fields[6]));

        static IEnumerable<string[]> Rows(string table) =>
            File.ReadAllLines($"/proc/net/{table}").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task<LinkServer> StartAsync(string certificate = "collector1")
    {
        var collector = await LinkServer.StartAsync(_signer.Tls(certificate));
        _signer.Configure(collector.Endpoint);
        _signer.Start();
        return collector;
    }
}
