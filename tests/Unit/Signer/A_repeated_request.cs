using Google.Protobuf;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Signing;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>A Collector that lost an answer gets it again; whoever publishes anew gets a new counter.</summary>
public sealed class A_repeated_request : IDisposable
{
    private readonly SigningBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Gets_the_same_bytes_without_key_counter_and_rate()
    {
        _bench.Policy = RequestPolicy.Default with { Rate = new(1, TimeSpan.FromHours(1)) };
        _bench.Restart();
        var request = Request(last: 0);
        var first = _bench.Answer(request).Signed;
        File.Delete(_bench.KeyFile);
        var state = File.ReadAllBytes(_bench.StateFile);
        var again = request.Clone();
        again.Id = 2;
        foreach (var evidence in again.Evidence)
            evidence.ClearText();
        _bench.Time.Advance(LastAnswers.Kept);
        var result = _bench.Answer(again);
        Assert.Equal(2UL, result.Id);
        Assert.Equal(first.ToByteArray(), result.Signed.ToByteArray());
        Assert.Equal(state, File.ReadAllBytes(_bench.StateFile));
        Assert.Contains("\"event\":\"Repeated\"", File.ReadAllText(AuditHead.PathOf(_bench.AuditFolder, 1)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Is_another_one_when_the_collector_has_the_answer()
    {
        var first = Counter(Request(last: 0));
        Assert.True(Counter(Request(last: first)) > first);
        Assert.True(Counter(Request(last: 0)) > first + 1);
    }

    [Fact]
    public void Is_another_one_when_the_collector_has_a_higher_counter_from_another_signer()
    {
        var ahead = _bench.Answer(Request(last: 0)).Signed.RevisionCounter + 1000;
        var first = Counter(Request(ahead));
        Assert.True(first < ahead);
        Assert.True(Counter(Request(ahead)) > first);
    }

    [Fact]
    public void Is_another_one_when_anything_in_it_is_other()
    {
        var request = Request(last: 0);
        var counter = Counter(request);
        foreach (var change in (Action<SignRequest>[])[
            other => other.ConsensusValidAfter -= 3600,
            other => other.CollectorRun = ByteString.CopyFromUtf8("another run"),
            other => other.Selections[0].Points.RemoveAt(0),
            other => other.Selections[0].Copies = 1,
            other => other.Evidence[0] = _bench.A.Show(_bench.A.Describe(_bench.Period, _bench.Time.GetUtcNow(), 1001))])
        {
            change(request);
            var next = Counter(request);
            Assert.True(next > counter);
            counter = next;
        }
    }

    [Fact]
    public void Is_a_new_one_after_its_time() => AssertNew(() => _bench.Time.Advance(LastAnswers.Kept + TimeSpan.FromSeconds(1)));

    [Fact]
    public void Is_a_new_one_after_a_restart() => AssertNew(_bench.Restart);

    [Fact]
    public void Is_a_new_one_when_another_was_signed_in_between() => AssertNew(() => Counter(_bench.Honest()));

    [Fact]
    public void Is_a_new_one_when_the_collector_does_not_say_which_it_is()
    {
        var request = _bench.Honest();
        Assert.True(Counter(request) < Counter(request));
    }

    [Fact]
    public void Meets_the_policy_before_its_answer()
    {
        var request = Request(last: 0);
        Counter(request);
        Assert.Equal(SignRefusal.EvidenceRevisionTooLow, Refused(() => Counter(_bench.Honest(2000)), request));
        _bench.Time.Advance(TimeSpan.FromHours(60));
        Assert.Equal(SignRefusal.ConsensusTime, _bench.Answer(request).Refusal?.Reason);
    }

    private SignRefusal? Refused(Action first, SignRequest request)
    {
        first();
        return _bench.Answer(request).Refusal?.Reason;
    }

    private void AssertNew(Action between)
    {
        var request = Request(last: 0);
        var first = Counter(request);
        between();
        Assert.True(Counter(request) > first);
    }

    private SignRequest Request(ulong last)
    {
        var request = _bench.Honest();
        request.LastRevisionCounter = last;
        return request;
    }

    private ulong Counter(SignRequest request)
    {
        var result = _bench.Answer(request);
        Assert.True(result.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result.Refusal?.Detail);
        return result.Signed.RevisionCounter;
    }
}
