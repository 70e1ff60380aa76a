using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Drills;

/// <summary>The drills of docs/custody.md, with the commands that stand there.</summary>
[Collection("SoftHSM")]
public sealed class Recovery_drills : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly SoftHsm _hsm = new();
    private readonly SignerUnderTest _signer = new();

    public Recovery_drills()
    {
        _signer.Environment["SOFTHSM2_CONF"] = _hsm.Configuration;
        AtomicFile.Write(_signer.InFolder("passphrase"), "correct horse\n"u8);
    }

    private string Backup => $"sealed:{_signer.InFolder("backup.sealed")}";

    public void Dispose()
    {
        _signer.Dispose();
        _hsm.Dispose();
    }

    [Fact]
    public async Task Lost_token()
    {
        _hsm.AddToken("one");
        await RunAsync(["key", "import", "--key", _signer.InFolder("key"), "--to", Backup, "--to-passphrase-file", _signer.InFolder("passphrase"), "--yes"]);
        await RunAsync(["key", "copy", "--key", Backup, "--passphrase-file", _signer.InFolder("passphrase"), .. OnToken("--to", "one"), "--yes"]);
        File.Delete(_signer.InFolder("key"));
        await using var collector = await StartAsync(OnToken("one"));
        var attached = await AttachedAsync(collector);
        var before = await SignAsync(attached);

        _hsm.Pull();
        var refused = (await attached.AskAsync(_signer.Honest()))!;
        Assert.Contains("the token is not present", refused.Refusal?.Detail, StringComparison.Ordinal);

        _hsm.AddToken("two");
        await RunAsync(["key", "copy", "--key", Backup, "--passphrase-file", _signer.InFolder("passphrase"), .. OnToken("--to", "two"), "--yes"]);
        await RunAsync(["key", "verify", .. OnToken("--key", "two"), "--service", _signer.Service.ToFullString()]);
        _signer.Configure(collector.Endpoint, key: OnToken("two"));
        _signer.Signal("HUP");
        await _signer.WaitForLogAsync("is in force.");
        Assert.True(await SignAsync(attached) > before);
        Assert.False(attached.Ended.IsCompleted);
    }

    [Fact]
    public async Task Lost_host()
    {
        await RunAsync(["key", "import", "--key", _signer.InFolder("key"), "--to", Backup, "--to-passphrase-file", _signer.InFolder("passphrase"), "--yes"]);
        ulong before;
        await using (var collector = await StartAsync("{file: key}"))
            before = await SignAsync(await AttachedAsync(collector));

        _signer.Kill();
        File.Delete(_signer.InFolder("key"));
        Directory.Delete(_signer.StateFolderPath, recursive: true);

        await RunAsync(["key", "seal", "--key", Backup, "--passphrase-file", _signer.InFolder("passphrase"), "--to", $"sealed:{_signer.InFolder("shop.sealed")}", "--to-passphrase-file", _signer.InFolder("passphrase"), "--yes"]);
        await RunAsync(["key", "verify", "--key", $"sealed:{_signer.InFolder("shop.sealed")}", "--passphrase-file", _signer.InFolder("passphrase"), "--service", _signer.Service.ToFullString()]);
        await using var again = await StartAsync("{sealed_file: shop.sealed, passphrase: {file: passphrase}}");
        Assert.True(await SignAsync(await AttachedAsync(again)) > before);
    }

    [Fact]
    public async Task Lost_state()
    {
        await using var collector = await StartAsync("{file: key}");
        var before = await SignAsync(await AttachedAsync(collector));
        _signer.Kill();
        File.Delete(_signer.StateFile);
        _signer.Start();
        var attached = await AttachedAsync(collector);
        Assert.Equal(SignRefusal.StateLost, (await attached.AskAsync(_signer.Honest()))?.Refusal?.Reason);
        await RunAsync(["state", "create", "--config", _signer.ConfigFile, "--service", _signer.Service.ToFullString(), "--accept-lost-state"]);
        Assert.True(await SignAsync(attached) > before);
        await RunAsync(["audit", "verify", "--config", _signer.ConfigFile]);
    }

    [Fact]
    public async Task Stolen_collector()
    {
        await using var stolen = await StartAsync("{file: key}");
        var attached = await AttachedAsync(stolen);
        var before = await SignAsync(attached);

        // All that a thief can have signed are points that enrolled instances made themselves.
        using var stranger = new Instance();
        var theirs = _signer.Honest();
        theirs.Evidence[0] = stranger.Show(stranger.Describe(new((ulong)theirs.TimePeriod.Number, theirs.TimePeriod.LengthMinutes), TimeProvider.System.GetUtcNow(), 1));
        Assert.Null((await attached.AskAsync(theirs))?.Signed);

        // A new Collector under a new name; the Signer's file names it, and the old one has nobody to ask any more.
        await using var fresh = await LinkServer.StartAsync(_signer.Tls("collector2"));
        var configuration = File.ReadAllText(_signer.ConfigFile);
        File.WriteAllText(_signer.ConfigFile, configuration.Replace(stolen.Endpoint, fresh.Endpoint, StringComparison.Ordinal).Replace("name: collector1", "name: collector2", StringComparison.Ordinal));
        _signer.Signal("HUP");
        await attached.Ended.WaitAsync(Soon);
        Assert.True(await SignAsync(await AttachedAsync(fresh)) > before);
        Assert.False(await stolen.IsDialedAsync(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task Stolen_collector_with_delegations()
    {
        // A policy of a week: more than that is not granted, whoever asks.
        await File.WriteAllTextAsync(_signer.InFolder("airgap.yaml"), $$"""
            state_directory: airgap
            services:
              - address: {{_signer.Service.ToFullString()}}
                key: {file: key}
                policy: {delegations: {enabled: true, longest_validity: 7d} }
            """);
        var (code, output) = await SignerUnderTest.RunAsync(Delegate(Request(days: 10), "too-long"));
        Assert.Equal(1, code);
        Assert.Contains("begins after", output, StringComparison.Ordinal);
        var stolen = Request(days: 7);
        await RunAsync(Delegate(stolen, "stolen"));
        var bundle = ReadBundle("stolen");

        // What the thief has ends by itself: no later than the certificate of the policy's last day.
        var now = TimeProvider.System.GetUtcNow();
        Assert.True(bundle.End < now + TimeSpan.FromDays(7) + TimeSpan.FromHours(55), $"{bundle.End}");
        var held = stolen.Periods.Select(period => period.SigningKey).ToHashSet();
        Assert.Equal(DelegationFault.None, bundle.FaultFor(_signer.Service, held, now));
        Assert.Equal(DelegationFault.Expired, bundle.FaultFor(_signer.Service, held, bundle.End + TimeSpan.FromSeconds(1)));

        // A new Collector has keys of its own; no certificate of its bundle is of use to the thief, nor the other way round.
        var fresh = Request(days: 7);
        await RunAsync(Delegate(fresh, "fresh"));
        Assert.Equal(DelegationFault.ForeignKey, ReadBundle("fresh").FaultFor(_signer.Service, held, now));
        await RunAsync(["audit", "verify", "--config", _signer.InFolder("airgap.yaml")]);
    }

    private DelegationRequest Request(int days)
    {
        var first = NetworkTiming.Public.PeriodAt(TimeProvider.System.GetUtcNow()).Number;
        return new DelegationRequest(_signer.Service, [.. Enumerable.Range(0, days).Select(day => new RequestedPeriod(new(first + (ulong)day, 1440), NewKey()))]);
    }

    private static Ed25519PublicKey NewKey()
    {
        using var key = DescriptorSigningKey.Generate();
        return key.PublicKey;
    }

    private string[] Delegate(DelegationRequest request, string name)
    {
        File.WriteAllBytes(_signer.InFolder($"{name}.request"), request.ToText());
        return ["delegate", "--config", _signer.InFolder("airgap.yaml"), "--request", _signer.InFolder($"{name}.request"), "--output", _signer.InFolder($"{name}.bundle"), "--yes"];
    }

    private DelegationBundle ReadBundle(string name)
    {
        Assert.True(DelegationBundle.TryParse(File.ReadAllBytes(_signer.InFolder($"{name}.bundle")), out var bundle, out var fault), fault.ToString());
        return bundle;
    }

    private string OnToken(string token) => $"{{token: '{_hsm.Uri($"token={token};object=shop").Text}', pin: {{file: '{_hsm.PinFile}'}}}}";

    private string[] OnToken(string option, string token) =>
        [option, _hsm.Uri($"token={token};object=shop").Text, option == "--to" ? "--to-pin-file" : "--pin-file", _hsm.PinFile];

    private async Task<LinkServer> StartAsync(string key)
    {
        var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint, key: key);
        _signer.Start();
        return collector;
    }

    private async Task<AttachedSigner> AttachedAsync(LinkServer collector)
    {
        try
        {
            return await collector.NextAsync(Soon);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"no Signer attached: {_signer.Log}");
            throw;
        }
    }

    private async Task<ulong> SignAsync(AttachedSigner attached)
    {
        var answer = await attached.AskAsync(_signer.Honest());
        Assert.True(answer?.OutcomeCase == SignResult.OutcomeOneofCase.Signed, answer?.Refusal?.Detail + _signer.Log);
        return answer!.Signed.RevisionCounter;
    }

    private async Task RunAsync(string[] arguments)
    {
        var start = SignerUnderTest.Command(arguments);
        start.Environment["SOFTHSM2_CONF"] = _hsm.Configuration;
        var (code, output) = await SignerUnderTest.RunAsync(start);
        Assert.True(code == 0, output);
    }
}
