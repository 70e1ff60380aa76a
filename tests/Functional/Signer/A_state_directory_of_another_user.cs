using OnionBalance.Split.Tests.Functional.Signer.Ceremony;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>What root would make in the state directory of the daemon's user, the daemon could not read.</summary>
[Collection("SoftHSM")]
public sealed class A_state_directory_of_another_user : IDisposable
{
    private readonly SignerUnderTest _signer = new() { Policy = "policy: {delegations: {enabled: true}}" };

    private string Refusal => $"{_signer.StateFolderPath} belongs to user nobody, who could not read what user root makes in it: run this as its owner, "
        + $"with 'runuser -u nobody -- {Path.Combine(AppContext.BaseDirectory, "onionbalance-signer")} ...'";

    public void Dispose() => _signer.Dispose();

    [RootFact]
    public async Task Is_left_as_it_is_by_every_verb_that_would_write_in_it()
    {
        _signer.Configure($"unix:{_signer.InFolder("nobody")}");
        _signer.Start();
        await _signer.WaitForLogAsync("Signing for");
        _signer.Kill();
        WriteRequest();
        File.Delete(_signer.StateFile);
        OtherUser.Give(_signer.StateFolderPath);
        await AssertRefusedAsync("state", "create", "--service", _signer.Service.ToFullString());
        await AssertRefusedAsync("state", "create", "--accept-lost-state", "--service", _signer.Service.ToFullString());
        File.Delete(Path.Combine(_signer.StateFolderPath, "audit/head"));
        await AssertRefusedAsync("audit", "create", "--accept-lost-log");
        await AssertRefusedAsync("delegate", "--request", _signer.InFolder("request"), "--output", _signer.InFolder("bundle"), "--yes");
        var before = OtherUser.Everything(_signer.InFolder(""));
        _signer.Start();
        Assert.Equal(1, await _signer.EndedAsync());
        await _signer.WaitForLogAsync(Refusal);
        Assert.Equal(before, OtherUser.Everything(_signer.InFolder("")));
    }

    [RootFact]
    public async Task Is_not_begun_in_a_folder_of_his_either()
    {
        var folder = Directory.CreateDirectory(_signer.InFolder("his")).FullName;
        OtherUser.Give(folder);
        _signer.Configure($"unix:{_signer.InFolder("nobody")}");
        File.WriteAllText(_signer.ConfigFile, File.ReadAllText(_signer.ConfigFile).Replace("state_directory: state", "state_directory: his/new/state", StringComparison.Ordinal));
        var (code, output) = await SignerUnderTest.RunAsync("state", "create", "--service", _signer.Service.ToFullString(), "--config", _signer.ConfigFile);
        Assert.Equal(1, code);
        Assert.Contains($"{folder} belongs to user nobody", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [RootFact]
    public async Task Stops_a_ceremony_before_a_key_is_made()
    {
        using var bench = new CeremonyBench();
        bench.AddRequest(OnionAddress.From(bench.Keys.Key.PublicKey));
        Directory.CreateDirectory(bench.InFolder("state"));
        OtherUser.Give(bench.InFolder("state"));
        var before = bench.Everything();
        var (code, output) = await bench.HoldAsync();
        Assert.Equal(1, code);
        Assert.Contains($"{bench.InFolder("state")} belongs to user nobody", output, StringComparison.Ordinal);
        Assert.Contains("nothing was done", output, StringComparison.Ordinal);
        Assert.Equal(before, bench.Everything());
    }

    private async Task AssertRefusedAsync(params string[] verb)
    {
        var before = OtherUser.Everything(_signer.InFolder(""));
        var (code, output) = await SignerUnderTest.RunAsync([.. verb, "--config", _signer.ConfigFile]);
        Assert.True(code == 1 && output.Contains(Refusal, StringComparison.Ordinal), $"{verb[0]}: {code}: {output}");
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Equal(before, OtherUser.Everything(_signer.InFolder("")));
    }

    private void WriteRequest()
    {
        using var key = DescriptorSigningKey.Generate();
        var period = NetworkTiming.Public.PeriodAt(TimeProvider.System.GetUtcNow());
        File.WriteAllBytes(_signer.InFolder("request"), new DelegationRequest(_signer.Service, [new RequestedPeriod(period, key.PublicKey)]).ToText());
    }
}
