using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol.Certificates;

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
        AssertRefused(Usual with { MostIntroductionPoints = points - 1 }, SignRefusal.MorePointsThanAllowed);
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
    public void Signs_no_kind_of_request_that_it_does_not_allow()
    {
        AssertRefused(Usual with { Descriptors = false, Delegations = new DelegationPolicy { Enabled = true } }, SignRefusal.RequestNotAllowed);
        Assert.False(Usual.Allows(RequestKind.Delegations));
        Assert.All(Enumerable.Range(2, 100), kind => Assert.False((Usual with { Delegations = new DelegationPolicy { Enabled = true } }).Allows((RequestKind)kind)));
    }

    [Fact]
    public void Signs_for_the_periods_that_it_names_alone()
    {
        AssertRefused(Usual with { Periods = [PeriodPlace.Previous, PeriodPlace.Next] }, SignRefusal.PeriodNotAllowed);
        AssertSigned(Usual with { Periods = [PeriodPlace.Current] });
    }

    [Fact]
    public void Takes_evidence_up_to_its_age()
    {
        var request = _bench.Honest();
        Use(Usual with { OldestEvidence = TimeSpan.FromHours(6) });
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(request).OutcomeCase);
        _bench.Time.Advance(TimeSpan.FromHours(6.4));
        request = _bench.Ask(request.Evidence, request.Selections[0].Points);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(request).OutcomeCase);
        _bench.Time.Advance(TimeSpan.FromHours(0.2));
        var refusal = _bench.Answer(request).Refusal;
        Assert.Equal((SignRefusal.EvidenceTooOld, request.Evidence[0].InstanceAddress), (refusal?.Reason, refusal?.InstanceAddress));
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(5, SignRefusal.EvidenceFromFuture)]
    public void Takes_no_evidence_whose_certificate_hides_its_age(int hoursAhead, SignRefusal? reason)
    {
        var evidence = _bench.A.Show(_bench.A.Describe(_bench.Period, _bench.Time.GetUtcNow().AddHours(hoursAhead)));
        Assert.Equal(reason, _bench.Answer(_bench.Ask([evidence], [SigningBench.Name(0, _bench.A.Points[0])])).Refusal?.Reason);
    }

    [Theory]
    [InlineData(54)]
    [InlineData(6)]
    public void Certifies_the_signing_key_for_as_long_as_it_says(uint hours)
    {
        Use(Usual with { CertificateHours = hours });
        var read = _bench.Read(_bench.Answer(_bench.Honest()).Signed.Selections[0].Copies[0]);
        Assert.Equal(CertificateLifetime.OfDescriptorSigning(_bench.Time.GetUtcNow()) - CertificateLifetime.Hours + hours, read.SigningKeyCertificate.ExpirationHours);
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
        Use(Usual with { Rate = new(3, TimeSpan.FromSeconds(5)) });
        for (var signature = 0; signature < 3; signature++)
            Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
        var refusal = _bench.Answer(_bench.Honest()).Refusal;
        Assert.Equal((SignRefusal.Rate, ""), (refusal.Reason, refusal.InstanceAddress));
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
        Assert.Equal(SignRefusal.Rate, _bench.Answer(_bench.Honest()).Refusal?.Reason);
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
