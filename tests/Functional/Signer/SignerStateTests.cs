using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>An operator's ways back from a lost state and a lost audit log, with the real program.</summary>
public sealed class SignerStateTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly SignerUnderTest _signer = new();

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task A_state_from_an_older_copy_is_refused_until_its_loss_is_accepted()
    {
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint);
        await SignOnceAsync(collector);
        var old = await File.ReadAllBytesAsync(_signer.StateFile);
        var last = await SignOnceAsync(collector);
        await File.WriteAllBytesAsync(_signer.StateFile, old);

        _signer.Start();
        var attached = await collector.NextAsync(Soon);
        var refusal = (await attached.AskAsync(_signer.Honest()))?.Refusal;
        Assert.Equal(SignRefusal.StateTooOld, refusal?.Reason);
        Assert.Contains("--accept-lost-state", refusal!.Detail, StringComparison.Ordinal);
        await AssertVerbAsync(1, "--accept-lost-state", "state", "create", "--service", _signer.Service.ToFullString());
        await AssertVerbAsync(0, "Created", "state", "create", "--accept-lost-state", "--service", _signer.Service.ToFullString());

        // The running Signer goes on by itself, above what was released, and its log tells of it.
        var result = await attached.AskAsync(_signer.Honest());
        Assert.True(result?.Signed?.RevisionCounter > last, $"{result}");
        Assert.Contains("StateBegun", await File.ReadAllTextAsync(AuditHead.PathOf(AuditFolder, 1)), StringComparison.OrdinalIgnoreCase);
        await AssertVerbAsync(1, "nothing is lost", "state", "create", "--accept-lost-state", "--service", _signer.Service.ToFullString());
        await AssertVerbAsync(0, "is whole", "audit", "verify");
    }

    [Fact]
    public async Task Another_Signer_is_spoken_of_only_while_one_runs_there()
    {
        _signer.Configure($"unix:{_signer.InFolder("nobody")}");
        _signer.Start();
        await _signer.WaitForLogAsync("Signing for");
        var (code, output) = await RunAsync();
        Assert.True(code == 1 && output.Contains("another Signer or verb is at work on it", StringComparison.Ordinal), output);

        _signer.Kill();
        await File.WriteAllTextAsync(_signer.InFolder("file"), "");
        await File.WriteAllTextAsync(
            _signer.ConfigFile, (await File.ReadAllTextAsync(_signer.ConfigFile)).Replace("state_directory: state", "state_directory: file/state", StringComparison.Ordinal));
        (code, output) = await RunAsync();
        Assert.True(code == 1 && output.Contains("file/state cannot be used: ", StringComparison.Ordinal), output);

        Task<(int Code, string Output)> RunAsync()
        {
            var start = SignerUnderTest.Command("run", "--config", _signer.ConfigFile);
            start.RedirectStandardOutput = true;
            return SignerUnderTest.RunAsync(start);
        }
    }

    [Fact]
    public async Task A_lost_audit_log_stops_signing_until_it_is_begun_anew()
    {
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint);
        var last = await SignOnceAsync(collector);
        await AssertVerbAsync(1, "is whole", "audit", "create", "--accept-lost-log");
        var log = AuditHead.PathOf(AuditFolder, 1);
        await File.WriteAllBytesAsync(log, (await File.ReadAllBytesAsync(log))[..^40]);

        _signer.Start();
        var attached = await collector.NextAsync(Soon);
        Assert.Equal(SignRefusal.AuditLost, (await attached.AskAsync(_signer.Honest()))?.Refusal?.Reason);
        await AssertVerbAsync(1, "is the Signer running", "audit", "create", "--accept-lost-log");
        _signer.Kill();
        await AssertVerbAsync(1, "--accept-lost-log", "audit", "create");
        await AssertVerbAsync(0, "Begun anew", "audit", "create", "--accept-lost-log");
        Assert.Single(Directory.GetDirectories(_signer.StateFolderPath, "audit.lost-*"));
        Assert.True(await SignOnceAsync(collector) > last);
        await AssertVerbAsync(0, "is whole", "audit", "verify");

        // What the new log was told of the states still holds.
        File.Delete(_signer.StateFile);
        await AssertVerbAsync(1, "has signed here", "state", "create", "--service", _signer.Service.ToFullString());
    }

    [Fact]
    public async Task Verbs_that_look_after_states_and_log_say_that_there_was_no_first_start_yet()
    {
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint);
        string[][] verbs = [["state", "create", "--service", _signer.Service.ToFullString()], ["audit", "verify"], ["audit", "create", "--accept-lost-log"]];
        foreach (var verb in verbs)
            await AssertVerbAsync(1, $"onionbalance-signer: no Signer has started on the state directory {_signer.StateFolderPath} yet: the first 'run'", verb);
        Assert.False(Directory.Exists(_signer.StateFolderPath));
        Directory.CreateDirectory(_signer.StateFolderPath);
        foreach (var verb in verbs)
            await AssertVerbAsync(1, $"no Signer has started on the state directory {_signer.StateFolderPath} yet", verb);
        Assert.Empty(Directory.GetFileSystemEntries(_signer.StateFolderPath));
    }

    [Fact]
    public async Task A_missing_file_of_the_log_is_named_with_the_way_back()
    {
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint);
        await SignOnceAsync(collector);
        var (file, head) = (AuditHead.PathOf(AuditFolder, 1), AuditHead.PathIn(AuditFolder));
        foreach (var (missing, told) in ((string, string)[])[(file, $"{file}: line 1 is missing: the file was removed"), (head, $"{head} is missing: restore the audit folder, or stop the Signer and run")])
        {
            File.Delete(missing);
            await AssertVerbAsync(1, $"onionbalance-signer: {told}", "audit", "verify");
            await AssertVerbAsync(1, $"onionbalance-signer: {missing} is missing. Restore the audit log, or begin it anew", "state", "create", "--accept-lost-state", "--service", _signer.Service.ToFullString());
        }
    }

    private string AuditFolder => AuditLog.FolderIn(_signer.StateFolderPath);

    private async Task<ulong> SignOnceAsync(LinkServer collector)
    {
        _signer.Start();
        var attached = await collector.NextAsync(Soon);
        var result = await attached.AskAsync(_signer.Honest());
        Assert.True(result?.OutcomeCase == SignResult.OutcomeOneofCase.Signed, $"{result?.Refusal}");
        _signer.Kill();
        return result!.Signed.RevisionCounter;
    }

    private async Task AssertVerbAsync(int code, string told, params string[] arguments)
    {
        var (ended, output) = await SignerUnderTest.RunAsync([.. arguments, "--config", _signer.ConfigFile]);
        Assert.True(code == ended && output.Contains(told, StringComparison.Ordinal), $"{ended}: {output}");
    }
}
