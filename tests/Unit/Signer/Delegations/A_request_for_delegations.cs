using OnionBalance.Split.Signer.Delegations;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.Signer.Delegations;

public sealed class A_request_for_delegations : IDisposable
{
    private readonly DelegationBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Is_granted_whole_with_a_line_before_and_one_after()
    {
        var request = _bench.Ask(_bench.Current, _bench.Current + 29);
        var (bundle, reason) = _bench.Answer(request.ToText());
        Assert.NotNull(bundle);
        Assert.Null(reason);
        Assert.Equal(request.Periods.Select(period => period.Period), bundle.Periods.Select(period => period.Period));
        Assert.Equal(DelegationFault.None, bundle.FaultFor(_bench.Service, request.Periods.Select(period => period.SigningKey).ToHashSet(), _bench.Time.GetUtcNow()));
        Assert.All(bundle.Periods, period => Assert.Equal(NetworkTiming.Public.PublicationOf(period.Period).From.AddHours(54), period.Certificate.Expiration));
        Assert.Equal(["Opened", "DelegationAsked", "Delegated"], _bench.Audited().Events);
    }

    [Fact]
    public void Is_shown_in_words_before_the_key_is_touched()
    {
        var request = _bench.Ask(_bench.Current, _bench.Current + 29);
        File.Delete(_bench.KeyFile);
        var shown = "";
        var (_, reason) = _bench.Answer(request.ToText(), offer =>
        {
            shown = offer.Explain();
            return null;
        });
        Assert.Equal("KeyUnavailable", reason);
        foreach (var word in (string[])[_bench.Service.ToFullString(), "30 of 1440 minutes", "from:     2026-03-10 00:00:00Z", "ends:     2026-04-10 06:00:00Z, 30.7 days", "until they end at 2026-04-10 06:00:00Z", DelegationFingerprint.Of(request.ToText()), "not authenticated", _bench.KeyFile])
            Assert.Contains(word, shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Has_a_transcript_with_every_period()
    {
        DelegationOffer? offered = null;
        var request = _bench.Ask(_bench.Current, _bench.Current + 2);
        var (bundle, _) = _bench.Answer(request.ToText(), offer =>
        {
            offered = offer;
            return null;
        });
        var transcript = offered!.Transcript(bundle!);
        Assert.Contains(DelegationFingerprint.Of(bundle!.ToText()), transcript, StringComparison.Ordinal);
        Assert.All(bundle.Periods, period => Assert.Contains(
            $"period {period.Period.Number}: from {NetworkTiming.Public.PublicationOf(period.Period).From:u}, ends {period.Certificate.Expiration:u}", transcript, StringComparison.Ordinal));
        Assert.Contains($"ends:     {bundle.End:u}, ", transcript, StringComparison.Ordinal);
        Assert.All(request.Periods, period => Assert.Contains(period.SigningKey.Bytes.ToHex(), transcript, StringComparison.Ordinal));
    }

    [Fact]
    public void Is_refused_unless_the_policy_opens_delegations()
    {
        _bench.Policy = RequestPolicy.Default;
        AssertRefused("RequestNotAllowed");
        _bench.Policy = RequestPolicy.Default with { Delegations = new DelegationPolicy { Enabled = true }, Enabled = false };
        AssertRefused("ServiceDisabled");
    }

    [Fact]
    public void Is_refused_at_and_beyond_a_planned_stop()
    {
        var open = _bench.Policy;
        _bench.Policy = open with { StopAt = _bench.Time.GetUtcNow() };
        AssertRefused("ServiceStopped");
        _bench.Policy = open with { StopAt = new DateTimeOffset(2026, 3, 13, 5, 59, 59, TimeSpan.Zero) };
        AssertRefused("BeyondStop");
        _bench.Policy = open with { StopAt = new DateTimeOffset(2026, 3, 13, 6, 0, 0, TimeSpan.Zero) };
        AssertGranted(_bench.Ask(_bench.Current, _bench.Current + 1));
    }

    [Fact]
    public void Is_refused_for_longer_than_the_policy_allows()
    {
        _bench.Policy = _bench.Policy with { Delegations = new DelegationPolicy { Enabled = true, LongestValidity = TimeSpan.FromDays(5) } };
        AssertGranted(_bench.Ask(_bench.Current, _bench.Current + 5));
        AssertRefused("TooLong", _bench.Ask(_bench.Current, _bench.Current + 6));
        AssertRefused("TooLong", _bench.Ask(_bench.Current + 6, _bench.Current + 6));
        AssertRefused("TooLong", _bench.Ask(long.MaxValue, long.MaxValue));
    }

    [Fact]
    public void Is_refused_for_a_period_that_is_over()
    {
        AssertGranted(_bench.Ask(_bench.Current - 1, _bench.Current));
        AssertRefused("PeriodOver", _bench.Ask(_bench.Current - 2, _bench.Current));
        AssertRefused("PeriodOver", _bench.Ask(0, 0));
    }

    [Fact]
    public void Is_refused_for_another_network_another_service_and_without_consent()
    {
        AssertRefused("PeriodLength", _bench.Ask(_bench.Current, _bench.Current, length: 4));
        AssertRefused("UnknownService", _bench.Ask(_bench.Current, _bench.Current) with { Service = Some.Address(9) });
        AssertRefused("NotConfirmed", _bench.Ask(_bench.Current, _bench.Current), _ => new DelegationObjection("NotConfirmed", "no"));
    }

    [Fact]
    public void Is_refused_with_the_wrong_key_or_none()
    {
        _bench.StoreKey(Some.Key(2));
        AssertRefused("WrongKey");
        File.Delete(_bench.KeyFile);
        AssertRefused("KeyUnavailable");
    }

    [Fact]
    public void Is_refused_damaged_or_of_another_kind()
    {
        var text = _bench.Ask(_bench.Current, _bench.Current).ToText();
        text[60] ^= 1;
        AssertRefused("Checksum", text);
        AssertRefused("WrongKind", "onionbalance-split-delegation 1\n"u8.ToArray());
        AssertRefused("TooLarge", new byte[300_000]);
    }

    [Fact]
    public void Is_not_granted_when_the_log_cannot_be_written()
    {
        var request = _bench.Ask(_bench.Current, _bench.Current).ToText();
        Directory.Move(_bench.AuditFolder, _bench.AuditFolder + ".away");
        Assert.Equal("AuditLost", _bench.Answer(request).Reason);
        Directory.Move(_bench.AuditFolder + ".away", _bench.AuditFolder);

        // It is lost between the request's line and the outcome's.
        Assert.Equal("AuditUnavailable", _bench.Answer(request, _ =>
        {
            Directory.Move(_bench.AuditFolder, _bench.AuditFolder + ".away");
            return null;
        }).Reason);
    }

    private void AssertGranted(DelegationRequest request) => Assert.Null(_bench.Answer(request.ToText()).Reason);

    private void AssertRefused(string reason, DelegationRequest? request = null, Func<DelegationOffer, DelegationObjection?>? confirm = null) =>
        AssertRefused(reason, (request ?? _bench.Ask(_bench.Current, _bench.Current + 1)).ToText(), confirm);

    private void AssertRefused(string reason, byte[] request, Func<DelegationOffer, DelegationObjection?>? confirm = null)
    {
        Assert.Equal((null, reason), _bench.Answer(request, confirm));
        var (events, told) = _bench.Audited();
        Assert.Equal(["DelegationAsked", "DelegationRefused"], events[^2..]);
        Assert.Equal(reason, told);
    }
}
