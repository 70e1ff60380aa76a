using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>State and audit log vouch for each other: one of them from an older copy stops signing, and an operator has a way back.</summary>
public sealed class A_disk_put_back : IDisposable
{
    private readonly SigningBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Stops_signing_with_an_older_state_and_goes_on_with_the_last()
    {
        Counter();
        var old = File.ReadAllBytes(_bench.StateFile);
        var before = Counter();
        var last = File.ReadAllBytes(_bench.StateFile);
        PutBack(old);
        Assert.Contains("is an old one", Refused(SignRefusal.StateTooOld), StringComparison.Ordinal);
        PutBack(last);
        Assert.True(Counter() > before);
    }

    [Fact]
    public void Goes_on_with_an_older_state_only_when_an_operator_accepts_the_loss()
    {
        Counter();
        var old = File.ReadAllBytes(_bench.StateFile);
        var before = Counter();
        PutBack(old);
        Refused(SignRefusal.StateTooOld);
        Assert.Contains("--accept-lost-state", Assert.Throws<DaemonException>(() => Begin(accept: false)).Message, StringComparison.Ordinal);
        Begin(accept: true);
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(Counter() > before);
        Assert.Single(Directory.GetFiles(_bench.StatePath, "*.lost-*"));
        Assert.Single(Lines("StateBegun"));

        // None of the older ones passes for it now.
        PutBack(old);
        Refused(SignRefusal.StateTooOld);
    }

    [Fact]
    public void Makes_no_new_state_where_the_log_knows_of_one()
    {
        Counter();
        File.Delete(_bench.StateFile);
        _bench.Restart();
        Refused(SignRefusal.StateLost);
        Assert.Contains("has signed here", Assert.Throws<DaemonException>(() => Begin(accept: false)).Message, StringComparison.Ordinal);
        Begin(accept: true);
        Counter();
        _bench.Restart();
        Counter();
        Assert.Single(Lines("StateBegun"));
    }

    [Fact]
    public void Takes_the_place_of_a_damaged_state_but_of_no_sound_one()
    {
        Counter();
        var before = File.ReadAllBytes(_bench.StateFile);
        Assert.Contains("nothing is lost", Assert.Throws<DaemonException>(() => Begin(accept: true)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_bench.StateFile));
        PutBack(before[..100]);
        Refused(SignRefusal.StateDamaged);
        Begin(accept: true);
        Counter();
    }

    [Fact]
    public void Makes_no_state_while_the_log_is_lost()
    {
        Counter();
        File.Delete(_bench.StateFile);
        File.WriteAllText(AuditHead.PathIn(_bench.AuditFolder), "{}");
        Assert.Contains("audit", Assert.Throws<DaemonException>(() => Begin(accept: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stops_signing_with_an_older_log()
    {
        Counter();
        var copy = _bench.AuditFolder + ".copy";
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(_bench.AuditFolder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var before = Counter();
        Directory.Move(_bench.AuditFolder, _bench.AuditFolder + ".last");
        Directory.Move(copy, _bench.AuditFolder);
        _bench.Restart();
        Assert.Contains("is an old one", Refused(SignRefusal.AuditLost), StringComparison.Ordinal);
        Directory.Delete(_bench.AuditFolder, recursive: true);
        Directory.Move(_bench.AuditFolder + ".last", _bench.AuditFolder);
        _bench.Restart();
        Assert.True(Counter() > before);
    }

    [Fact]
    public void Finds_a_state_older_than_a_log_of_many_files()
    {
        Counter();
        var old = File.ReadAllBytes(_bench.StateFile);
        Counter();
        using (var log = new AuditLog(_bench.AuditFolder, _bench.Time, fileLength: 8_000))
        {
            for (var line = 0; line < 100; line++)
                Assert.True(log.TryAppend(new AuditEntry(0, default, AuditEvent.Asked), out var refused), refused?.Detail);
        }

        PutBack(old);
        Refused(SignRefusal.StateTooOld);
    }

    [Fact]
    public void Has_nothing_to_do_with_a_state_of_a_service_that_is_not_configured()
    {
        Counter();
        var foreign = Ahead(Some.Address(3));
        _bench.Restart();
        Counter();

        // Nor has one that is added later anything to do with the others: it alone is not signed for.
        using var audit = StateFolder.AuditLogIn(_bench.StatePath, [_bench.Service], _bench.Time);
        Assert.False(new SigningStateStore(_bench.StatePath, Some.Address(3), audit).TryGet(out _, out var refused));
        Assert.Equal(SignRefusal.AuditLost, refused.Reason);
        Assert.Contains($"{Some.Address(3)}.state knows of line number 7000", refused.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(Some.Address(3).Label, refused.Detail, StringComparison.Ordinal);
        Assert.True(File.Exists(foreign));
    }

    [Fact]
    public void Names_the_service_whose_state_knows_more_than_the_log()
    {
        Counter();
        Ahead(_bench.Service);
        _bench.Restart();
        Assert.Contains($"the state of {_bench.Service} knows of number 7000", Refused(SignRefusal.AuditLost), StringComparison.Ordinal);
    }

    /// <summary>A sound state, of another Signer's folder.</summary>
    private string Ahead(OnionAddress service)
    {
        var file = StateFolder.FileOf(_bench.StatePath, service);
        File.WriteAllBytes(file, SigningStateFile.Write(SigningState.Empty(service) with { Serial = 900, AuditNumber = 7000 }));
        return file;
    }

    private void PutBack(byte[] state)
    {
        File.WriteAllBytes(_bench.StateFile, state);
        _bench.Restart();
    }

    private void Begin(bool accept) => StateBeginning.Make(_bench.StatePath, _bench.Service, accept, _bench.Time.GetUtcNow());

    private string[] Lines(string kind) =>
        [.. Directory.GetFiles(_bench.AuditFolder, "audit-*.log").SelectMany(File.ReadAllLines).Where(line => line.Contains($"\"event\":\"{kind}\"", StringComparison.OrdinalIgnoreCase))];

    private ulong Counter()
    {
        var result = _bench.Answer(_bench.Honest());
        Assert.True(result.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result.Refusal?.Detail);
        return result.Signed.RevisionCounter;
    }

    private string Refused(SignRefusal reason)
    {
        var refusal = _bench.Answer(_bench.Honest()).Refusal;
        Assert.Equal(reason, refusal?.Reason);
        Assert.DoesNotContain(_bench.Service.Label, refusal!.Detail, StringComparison.Ordinal);
        return refusal.Detail;
    }
}
