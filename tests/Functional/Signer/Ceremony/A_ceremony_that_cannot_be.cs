using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Functional.Signer.Ceremony;

/// <summary>What is in a plan's way is told with its reason, and nothing of a key is made.</summary>
[Collection("SoftHSM")]
public sealed class A_ceremony_that_cannot_be : IDisposable
{
    private readonly CeremonyBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Is_refused_before_any_token_is_opened()
    {
        // Were it opened, the refusal of this PIN would be told.
        AtomicFile.Write(_bench.InFolder("pin"), "27182818\n"u8);
        var open = Directory.CreateDirectory(_bench.InFolder("open")).FullName;
        File.SetUnixFileMode(open, (UnixFileMode)Convert.ToInt32("777", 8));
        File.WriteAllText(_bench.InFolder("there"), "");
        File.CreateSymbolicLink(_bench.InFolder("link"), _bench.InFolder("nowhere"));
        await File.WriteAllTextAsync(_bench.InFolder("read-by-all"), "x\n");
        AtomicFile.Write(_bench.InFolder("empty"), "\n"u8);
        AtomicFile.Write(_bench.InFolder("short"), "eleven byte\n"u8);
        foreach (var (old, changed, reason) in ((string, string, string)[])
            [
                ("transcript: shop.transcript", "transcript: there", "there exists already"),
                ("transcript: shop.transcript", "transcript: link", "link exists already"),
                ("signer_yaml: shop.yaml", "signer_yaml: there", "there exists already"),
                ("signer_yaml: shop.yaml", "signer_yaml: no/shop.yaml", "no is no folder"),
                ("sealed_file: shop.sealed", "sealed_file: there", "there exists already"),
                ("sealed_file: media/shop.sealed", "sealed_file: open/shop.sealed", "is mode 0777"),
                ("file: media/plain", "file: no/plain", "no is no folder"),
                ("pin: {file: pin}", "pin: {file: no-pin}", "no-pin: No such file"),
                ("passphrase: {file: passphrase}", "passphrase: {file: read-by-all}", "so that others can read this secret"),
                ("passphrase: {file: passphrase}", "passphrase: {file: empty}", "gives an empty secret"),
                ("passphrase: {file: passphrase}", "passphrase: {file: short}", "shop.sealed is too short"),
                ("passphrase: {file: passphrase}", "passphrase: {credential: shop}", "CREDENTIALS_DIRECTORY is not set"),
                ("module-path=", "module-path=/no", "the PKCS#11 module /no"),
                ("{generate: true}", "{import: {file: no.pem}}", "no.pem: No such file"),
                ("{generate: true}", "{generate: true, import: {file: old.pem}}", "must say either generate: true, or import:"),
                ("{generate: true}", "{}", "must say either generate: true, or import:"),
                ("{generate: true}", $"{{generate: true, address: {_bench.Keys.Address}}}", "cannot be known before"),
                ("{file: media/plain}", "{credential: shop}", "backups: cannot be systemd credentials"),
                ("store: {", "store: {credential: shop, ", "store.file: must name one place"),
                ("pin: {file: pin}", "pin: {descriptor: 3}", "store.pin: cannot be a descriptor"),
                ("transcript: shop.transcript", "transcript: shop.yaml", "is named above already"),
                ("sealed_file: media/shop.sealed", "sealed_file: shop.sealed", "is named above already"),
                ("participants: [Alice Example, Bob Example]", "participants: []", "participants: must have 1 to 32 items"),
                ("title:", "tittle:", "is 'title' meant?"),
                ($"[{_bench.Instance}]", "[]", "instances: must have 1 to 256 items"),
                ($"[{_bench.Instance}]", "[example.onion]", "instances[0]: must be a v3 onion address"),
            ])
        {
            await AssertRefusedAsync(_bench.Plan.Replace(old, changed, StringComparison.Ordinal), reason);
            Assert.False(File.Exists(_bench.InFolder("shop.transcript")));
        }
    }

    [Fact]
    public async Task Is_told_of_all_that_is_in_its_way_at_once()
    {
        _bench.Plan = _bench.Plan.Replace("shop.yaml", "no/shop.yaml", StringComparison.Ordinal).Replace("media/shop", "none/shop", StringComparison.Ordinal);
        var (code, output) = await _bench.HoldAsync();
        Assert.Equal(1, code);
        Assert.Contains("/no is no folder", output, StringComparison.Ordinal);
        Assert.Contains("/none is no folder", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("object=aes", "object=none", "no such key")]
    [InlineData("object=backup", "object=taken", "none is overwritten")]
    [InlineData("token=one;object=backup", "token=two;object=backup", "the token is not present")]
    [InlineData("pin: {file: pin}", "pin: {file: wrong}", "refuses the PIN")]
    [InlineData("{generate: true}", "{import: {file: old.pem}, address: INSTANCE}", "which is not the plan's address")]
    [InlineData("instances: [", "instances: [OLD, ", "which is one of the plan's instances")]
    public async Task Makes_nothing_when_a_token_or_the_key_is_not_as_it_should_be(string old, string changed, string reason)
    {
        AtomicFile.Write(_bench.InFolder("wrong"), "27182818\n"u8);
        Assert.Equal(0, (await _bench.Keys.RunAsync("generate", "--to", _bench.Keys.Uri("taken"), "--to-pin-file", _bench.InFolder("pin"), "--yes")).Code);
        if (changed.Contains("OLD", StringComparison.Ordinal))
            _bench.Plan = _bench.Plan.Replace("{generate: true}", "{import: {file: old.pem}}", StringComparison.Ordinal);
        changed = changed.Replace("OLD", _bench.Keys.Address, StringComparison.Ordinal);
        if (changed.Contains("INSTANCE", StringComparison.Ordinal))
        {
            // The plan's one instance cannot be its address, too.
            using var other = Tor.Protocol.Keys.IdentitySecretKey.Generate();
            changed = changed.Replace("INSTANCE", OnionAddress.From(other.PublicKey).ToFullString(), StringComparison.Ordinal);
        }

        await AssertRefusedAsync(_bench.Plan.Replace(old, changed, StringComparison.Ordinal), reason);
        Assert.Contains("Nothing was made before.", _bench.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain("may be there in part", _bench.Transcript, StringComparison.Ordinal);
    }

    /// <summary>As one is that a read-only medium is mounted on: the rehearsal writes elsewhere, and must tell all the same.</summary>
    [RootFact]
    public async Task Is_refused_in_rehearsal_too_where_a_folder_of_its_plan_cannot_be_written()
    {
        Directory.CreateDirectory(_bench.InFolder("sealed"));
        File.SetUnixFileMode(_bench.InFolder("media"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_bench.InFolder("sealed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(_bench.PlanFile, _bench.Plan.Replace("shop.transcript", "sealed/shop.transcript", StringComparison.Ordinal));
        var program = SignerUnderTest.Command("ceremony", "--plan", _bench.PlanFile, "--yes", "--rehearse");
        var (code, output) = await SignerUnderTest.RunAsync(OtherUser.WithoutOverride(program.FileName, [.. program.ArgumentList]));
        Assert.Equal(1, code);
        Assert.Contains($"{_bench.InFolder("media")} cannot be written by root: ", output, StringComparison.Ordinal);
        Assert.Contains($"{_bench.InFolder("sealed")} cannot be written by root: ", output, StringComparison.Ordinal);
        Assert.Contains("nothing was done", output, StringComparison.Ordinal);
    }

    private async Task AssertRefusedAsync(string plan, string reason)
    {
        var before = _bench.Everything();
        var good = _bench.Plan;
        _bench.Plan = plan;
        var (code, output) = await _bench.HoldAsync();
        _bench.Plan = good;
        Assert.True(code is 1 or 2, output);
        Assert.True(output.Contains(reason, StringComparison.Ordinal), $"{reason}: {output}");
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("refuses the PIN", reason.Contains("PIN", StringComparison.Ordinal) ? "" : output, StringComparison.Ordinal);
        File.Delete(_bench.PlanFile);
        Assert.Equal(before, _bench.Everything().Replace(_bench.InFolder("shop.transcript") + "\n", "", StringComparison.Ordinal));
    }
}
