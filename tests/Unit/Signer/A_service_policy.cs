using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Policy;

namespace OnionBalance.Split.Tests.Unit.Signer;

public sealed class A_service_policy : IDisposable
{
    private static readonly RequestPolicy Usual = RequestPolicy.Default;

    private readonly SigningBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Signs_nothing_when_it_is_not_enabled() => AssertRefused(Usual with { Enabled = false }, SignRefusal.ServiceDisabled);

    [Fact]
    public void Signs_for_the_collectors_it_names_alone()
    {
        AssertRefused(Usual with { Collectors = ["another"] }, SignRefusal.CollectorNotAllowed);
        AssertSigned(Usual with { Collectors = ["another", "collector"] });
    }

    [Fact]
    public void Signs_no_more_points_than_it_allows()
    {
        var points = _bench.A.Points.Length + _bench.B.Points.Length;
        AssertRefused(Usual with { MostIntroductionPoints = points - 1 }, SignRefusal.TooManyPoints);
        AssertSigned(Usual with { MostIntroductionPoints = points });
    }

    [Fact]
    public void Stops_when_it_planned_to()
    {
        AssertSigned(Usual with { StopAt = _bench.Time.GetUtcNow().AddSeconds(1) });
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SignRefusal.ServiceStopped, _bench.Answer(_bench.Honest()).Refusal?.Reason);
    }

    [Fact]
    public void Needs_no_key_to_refuse()
    {
        File.Delete(_bench.KeyFile);
        AssertRefused(Usual with { Enabled = false }, SignRefusal.ServiceDisabled);
        AssertRefused(Usual, SignRefusal.KeyUnavailable);
    }

    [Fact]
    public void Signs_a_burst_and_then_at_its_pace()
    {
        Use(Usual with { Burst = 3, Interval = TimeSpan.FromSeconds(5) });
        for (var signature = 0; signature < 3; signature++)
            Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
        var refusal = _bench.Answer(_bench.Honest()).Refusal;
        Assert.Equal((SignRefusal.Rate, ""), (refusal.Reason, refusal.InstanceAddress));
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
        Assert.Equal(SignRefusal.Rate, _bench.Answer(_bench.Honest()).Refusal?.Reason);
    }

    [Fact]
    public void Owes_one_burst_at_most_when_the_clock_is_set_back()
    {
        var now = _bench.Time.GetUtcNow();
        Assert.False(new SigningRate(now.AddDays(1)).TrySpend(Usual, now, out _, out var wait));
        Assert.Equal(Usual.Interval, wait);
    }

    private void Use(RequestPolicy policy)
    {
        _bench.Policy = policy;
        _bench.Restart();
    }

    private void AssertRefused(RequestPolicy policy, SignRefusal reason)
    {
        Use(policy);
        Assert.Equal(reason, _bench.Answer(_bench.Honest()).Refusal?.Reason);
    }

    private void AssertSigned(RequestPolicy policy)
    {
        Use(policy);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
    }
}
