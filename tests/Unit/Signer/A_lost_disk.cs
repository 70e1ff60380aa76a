using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.State;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>State and key are there and sound, or nothing is signed.</summary>
public sealed class A_lost_disk : IDisposable
{
    private readonly SigningBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Stops_signing_when_the_state_file_is_missing_and_a_file_put_back_starts_it()
    {
        var before = Counter();
        var kept = File.ReadAllBytes(_bench.StateFile);
        File.Delete(_bench.StateFile);
        _bench.Restart();
        Assert.Contains("missing", Refused(SignRefusal.StateLost), StringComparison.Ordinal);
        File.WriteAllBytes(_bench.StateFile, kept);
        Assert.True(Counter() > before);
    }

    [Fact]
    public void Stops_signing_when_the_state_file_is_damaged()
    {
        Counter();
        using (var file = File.OpenWrite(_bench.StateFile))
            file.SetLength(file.Length / 2);
        _bench.Restart();
        Assert.Contains("cannot be trusted", Refused(SignRefusal.StateDamaged), StringComparison.Ordinal);
    }

    [Fact]
    public void Releases_nothing_when_the_state_cannot_be_written()
    {
        var before = Counter();
        var kept = File.ReadAllBytes(_bench.StateFile);
        File.Delete(_bench.StateFile);
        Directory.CreateDirectory(_bench.StateFile); // a rename over a folder fails, for root too
        Assert.Contains("cannot be written", Refused(SignRefusal.StateUnavailable), StringComparison.Ordinal);
        Directory.Delete(_bench.StateFile);
        File.WriteAllBytes(_bench.StateFile, kept);
        Assert.True(Counter() > before);
    }

    [Fact]
    public void Creates_state_on_the_first_start_only()
    {
        Directory.CreateDirectory(_bench.StatePath + "2");
        Assert.True(Open("2", out var first));
        using (first)
            Assert.True(first.IsFirstStart && File.Exists(StateFolder.FileOf(_bench.StatePath + "2", _bench.Service)));
        File.Delete(StateFolder.FileOf(_bench.StatePath + "2", _bench.Service));
        Assert.True(Open("2", out var second));
        using (second)
            Assert.False(second.IsFirstStart || File.Exists(StateFolder.FileOf(_bench.StatePath + "2", _bench.Service)));
        Directory.Delete(_bench.StatePath + "2", recursive: true);
    }

    [Fact]
    public void Keeps_a_second_signer_out() => Assert.False(Open("", out _));

    [Fact]
    public void Stops_signing_while_the_key_is_gone()
    {
        File.Move(_bench.KeyFile, _bench.KeyFile + ".away");
        Refused(SignRefusal.KeyUnavailable);
        File.Move(_bench.KeyFile + ".away", _bench.KeyFile);
        Counter();
    }

    [Fact]
    public void Stops_signing_while_others_can_read_the_key()
    {
        File.SetUnixFileMode(_bench.KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Refused(SignRefusal.KeyUnavailable), StringComparison.Ordinal);
    }

    [Fact]
    public void Signs_with_no_other_services_key()
    {
        using var other = Tor.Protocol.Keys.IdentitySecretKey.Generate();
        using var file = Tor.Protocol.Keys.TorKeyFile.WriteSecret(other);
        AtomicFile.Write(_bench.KeyFile, file.Span);
        Assert.Contains("another service", Refused(SignRefusal.KeyOfAnotherService), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_out_of_counters_rather_than_turn_over()
    {
        Counter();
        Assert.True(SigningStateFile.TryRead(File.ReadAllBytes(_bench.StateFile), _bench.Service, out var state, out _));
        var (key, last) = Assert.Single(state.Issued);
        File.WriteAllBytes(_bench.StateFile, SigningStateFile.Write(state.WithIssued(key, last with { Counter = ulong.MaxValue })));
        _bench.Restart();
        Refused(SignRefusal.RevisionCounter);
    }

    private bool Open(string suffix, out StateFolder folder)
    {
        var opened = StateFolder.TryOpen(_bench.StatePath + suffix, [_bench.Service], _bench.Time.GetUtcNow(), out var found, out _);
        folder = found!;
        return opened;
    }

    private ulong Counter()
    {
        var result = _bench.Answer(_bench.Honest());
        Assert.True(result.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result.Refusal?.Detail);
        return result.Signed.RevisionCounter;
    }

    private string Refused(SignRefusal reason)
    {
        var result = _bench.Answer(_bench.Honest());
        Assert.Equal(reason, result.Refusal?.Reason);
        Assert.DoesNotContain(_bench.Service.Label, result.Refusal!.Detail, StringComparison.Ordinal);
        return result.Refusal!.Detail;
    }
}
