using System.Text.Json;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Signing;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>A Collector in an attacker's hands that wants history pushed out of the audit log.</summary>
public sealed class A_flood_of_requests : IDisposable
{
    private const int Burst = 5;

    private readonly SigningBench _bench = new() { RequestBurst = Burst };

    public A_flood_of_requests() => _bench.Restart();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Takes_little_of_the_log_which_tells_the_number_of_all()
    {
        Exhaust();
        var before = LogLength();

        // Twenty a second for two minutes. The longest lines are those of a refusal that names an instance.
        var (asked, refused) = (Burst, Foreign());
        for (var second = 0; second < 120; second++, _bench.Time.Advance(TimeSpan.FromSeconds(1)))
        {
            for (var request = 0; request < 20; request++, asked++)
                _bench.Answer(refused);
        }

        Assert.InRange((LogLength() - before) * 30, 1, 1 << 20); // bytes an hour
        _bench.Desk.Dispose();
        var lines = Lines();
        Assert.Equal(asked, lines.Count(line => EventOf(line) == "asked") + (int)Unread(lines));
        Assert.Equal(lines.Count(line => EventOf(line) == "asked"), lines.Count(line => EventOf(line) == "refused"));
        Assert.True(AuditChain.TryVerify(_bench.AuditFolder, out _, out var fault), fault);
    }

    [Fact]
    public void Is_told_at_its_first_request_and_again_when_one_is_read()
    {
        Exhaust();
        for (var request = 0; request < 5; request++)
            Assert.Equal(SignRefusal.RequestRate, _bench.Answer(_bench.Honest()).Refusal?.Reason);
        Assert.Equal(1ul, Unread(Lines()));
        _bench.Time.Advance(RequestAllowance.Interval);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
        var told = Lines()[^4..];
        Assert.Equal(["unread", "unread", "asked", "signed"], told.Select(EventOf));
        Assert.Equal(4ul, told[1].GetProperty("requests").GetUInt64());
        Assert.Equal("collector", told[1].GetProperty("collector").GetString());
        Assert.Equal("RequestRate", told[1].GetProperty("reason").GetString());
    }

    [Fact]
    public void Is_told_when_the_signer_stops()
    {
        Exhaust();
        for (var request = 0; request < 5; request++)
            _bench.Answer(new SignRequest());
        _bench.Desk.Dispose();
        Assert.Equal(5ul, Unread(Lines()));
        Assert.True(AuditChain.TryVerify(_bench.AuditFolder, out _, out var fault), fault);
    }

    [Fact]
    public void Is_told_later_when_the_log_cannot_be_written()
    {
        Exhaust();
        var head = AuditHead.PathIn(_bench.AuditFolder);
        var kept = File.ReadAllBytes(head);
        File.Delete(head);
        Directory.CreateDirectory(head); // a rename over a folder fails, for root too
        for (var request = 0; request < 5; request++)
            Assert.Equal(SignRefusal.RequestRate, _bench.Answer(new SignRequest()).Refusal?.Reason);
        _bench.Time.Advance(RequestAllowance.Interval);
        Assert.Equal(SignRefusal.AuditLost, _bench.Answer(_bench.Honest()).Refusal?.Reason);
        Directory.Delete(head);
        File.WriteAllBytes(head, kept);
        _bench.Time.Advance(RequestAllowance.Interval);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
        Assert.Equal(5ul, Unread(Lines()));
    }

    [Fact]
    public void Is_its_own_collectors_alone()
    {
        Exhaust();
        Assert.Equal(SignRefusal.RequestRate, _bench.Answer(_bench.Honest()).Refusal?.Reason);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Desk.Answer(_bench.Honest(), "another").OutcomeCase);
    }

    [Fact]
    public void Is_also_what_repeats_its_last_request()
    {
        var request = _bench.Honest();
        request.LastRevisionCounter = 0;
        for (var repeated = 0; repeated <= Burst; repeated++)
            Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(request).OutcomeCase);
        Assert.Equal(SignRefusal.RequestRate, _bench.Answer(request).Refusal?.Reason);
    }

    [Fact]
    public void Is_not_what_gets_signatures_nor_the_requests_that_lack_evidence_before_them()
    {
        for (var request = 0; request < Burst - 2; request++)
            _bench.Answer(new SignRequest());
        for (var revision = 1000ul; revision < 1000 + 2 * Burst; revision++)
        {
            var full = _bench.Honest(revision);
            var bare = full.Clone();
            foreach (var evidence in bare.Evidence)
                evidence.ClearText();
            Assert.Equal(SignResult.OutcomeOneofCase.Missing, _bench.Answer(bare).OutcomeCase);
            Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(full).OutcomeCase);
        }
    }

    private void Exhaust()
    {
        for (var request = 0; request < Burst; request++)
            _bench.Answer(new SignRequest());
    }

    /// <summary>One that names an instance of somebody else's.</summary>
    private SignRequest Foreign()
    {
        using var stranger = new Instance();
        return _bench.Ask([stranger.Show(stranger.Describe(_bench.Period, _bench.Time.GetUtcNow()))], [SigningBench.Name(0, stranger.Points[0])]);
    }

    private long LogLength() => new FileInfo(AuditHead.PathOf(_bench.AuditFolder, 1)).Length;

    private JsonElement[] Lines() =>
        [.. File.ReadAllLines(AuditHead.PathOf(_bench.AuditFolder, 1)).Select(line => JsonDocument.Parse(line[65..]).RootElement)];

    private static string EventOf(JsonElement line) => line.GetProperty("event").GetString()!.ToLowerInvariant();

    private static ulong Unread(JsonElement[] lines) =>
        lines.Where(line => EventOf(line) == "unread").Aggregate(0ul, (sum, line) => sum + line.GetProperty("requests").GetUInt64());
}
