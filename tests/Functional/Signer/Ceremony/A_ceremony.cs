using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.InstanceAgent;

namespace OnionBalance.Split.Tests.Functional.Signer.Ceremony;

[Collection("SoftHSM")]
public sealed class A_ceremony : IDisposable
{
    private readonly CeremonyBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Makes_what_its_plan_says_and_records_it()
    {
        var (code, output) = await _bench.HoldAsync();
        Assert.True(code == 0, output);
        await AssertHoldsTheKeyAsync(["--key", $"sealed:{_bench.InFolder("shop.sealed")},{_bench.Keys.Uri("aes")}", "--pin-file", _bench.InFolder("pin")]);
        await AssertHoldsTheKeyAsync(["--key", $"sealed:{_bench.InFolder("media/shop.sealed")}", "--passphrase-file", _bench.InFolder("passphrase")]);
        await AssertHoldsTheKeyAsync(["--key", _bench.Keys.Uri("backup"), "--pin-file", _bench.InFolder("pin")]);
        await AssertHoldsTheKeyAsync(["--key", _bench.InFolder("media/plain")]);

        var transcript = _bench.Transcript;
        foreach (var made in (string[])["plan.yaml", "shop.sealed", "media/shop.sealed", "media/plain/hs_ed25519_public_key", "shop.yaml"])
            Assert.Contains(CeremonyBench.Sha3(_bench.InFolder(made)), transcript, StringComparison.Ordinal);
        Assert.DoesNotContain(CeremonyBench.Sha3(_bench.InFolder("media/plain/hs_ed25519_secret_key")), transcript, StringComparison.Ordinal);
        foreach (var name in (string[])["Alice Example\n  date", "Bob Example\n  date", Environment.MachineName, "onionbalance-signer 0.", _bench.Keys.Uri("backup")])
            Assert.Contains(name, transcript, StringComparison.Ordinal);
        Assert.Equal(4, transcript.Split("the same key\n").Length - 1);
        Assert.Equal(5, transcript.Split("both signatures verify\n").Length - 1);
        Assert.EndsWith($"its SHA3-256 is {CeremonyBench.Sha3(_bench.InFolder("shop.transcript"))}", output.Split("\nThis is ")[0].TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_a_service_that_a_signer_takes()
    {
        var (code, output) = await _bench.HoldAsync();
        Assert.True(code == 0, output);
        var tls = new AgentPki(_bench.InFolder("pki")).Issue(PeerRole.Signer, "signer1");
        File.WriteAllText(_bench.InFolder("signer.yaml"), $$"""
            collectors: [{endpoint: 'collector.example.net:7400', name: collector1}]
            tls: {certificate: {{tls.Certificate}}, key: {{tls.Key}}, ca: {{tls.Ca}} }
            state_directory: state
            network: public
            {{File.ReadAllText(_bench.InFolder("shop.yaml"))}}
            """);
        (code, output) = await _bench.Keys.SignerAsync("check-config", "--config", _bench.InFolder("signer.yaml"));
        Assert.True(code == 0, output);
        Assert.Contains(_bench.Address, File.ReadAllText(_bench.InFolder("shop.yaml")), StringComparison.Ordinal);
        Assert.Contains(_bench.Instance, File.ReadAllText(_bench.InFolder("shop.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Imports_a_key_of_the_address_that_it_must_have()
    {
        _bench.Plan = _bench.Plan.Replace("{generate: true}", $"{{import: {{file: old.pem}}, address: {_bench.Keys.Address}}}", StringComparison.Ordinal);
        var (code, output) = await _bench.HoldAsync();
        Assert.True(code == 0, output);
        Assert.Equal(_bench.Keys.Address, _bench.Address);
        await AssertHoldsTheKeyAsync(["--key", _bench.Keys.Uri("backup"), "--pin-file", _bench.InFolder("pin")]);
    }

    [Fact]
    public async Task Is_rehearsed_whole_and_leaves_nothing()
    {
        var before = _bench.Everything();
        var (code, output) = await _bench.HoldAsync("--rehearse");
        Assert.True(code == 0, output);
        Assert.Contains("title        REHEARSAL of: The permanent key of shop", output, StringComparison.Ordinal);
        Assert.Contains("object=rehearsal-", output, StringComparison.Ordinal);
        Assert.Equal(4, output.Split("the same key\n").Length - 1);
        Assert.Contains("all that was made has been removed again", output, StringComparison.Ordinal);
        Assert.Equal(before, _bench.Everything());
        var made = output.Split('\n').First(line => line.Contains("/onionbalance-rehearsal-", StringComparison.Ordinal));
        var start = Path.Combine(Path.GetTempPath(), "onionbalance-rehearsal-");
        var folder = start + made[(made.IndexOf(start, StringComparison.Ordinal) + start.Length)..].Split('/')[0];
        Assert.False(Directory.Exists(folder), folder);
        // The real one meets nothing in its way.
        (code, output) = await _bench.HoldAsync();
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task That_fails_in_the_middle_says_what_exists()
    {
        // A file that the key's own directory brings with it: free at first, taken when its turn comes.
        Directory.CreateDirectory(_bench.InFolder("media/plain"));
        _bench.Plan = _bench.Plan.Replace("signer_yaml: shop.yaml", "signer_yaml: media/plain/hostname", StringComparison.Ordinal);
        var (code, output) = await _bench.HoldAsync();
        Assert.Equal(1, code);
        var told = _bench.Transcript[_bench.Transcript.IndexOf("FAILED: ", StringComparison.Ordinal)..];
        Assert.Contains("media/plain/hostname cannot be written", told, StringComparison.Ordinal);
        foreach (var made in (string[])[_bench.InFolder("shop.sealed"), _bench.InFolder("media/shop.sealed"), _bench.Keys.Uri("backup"), _bench.InFolder("media/plain")])
            Assert.Contains($"\n  {made}", told, StringComparison.Ordinal);
        Assert.Contains(told.Split('\n')[0], output, StringComparison.Ordinal);
        await AssertHoldsTheKeyAsync(["--key", _bench.InFolder("media/plain")]);
    }

    private async Task AssertHoldsTheKeyAsync(string[] place)
    {
        var (code, output) = await _bench.Keys.RunAsync(["verify", .. place, "--service", _bench.Address]);
        Assert.True(code == 0, output);
    }
}
