using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.Collector.Delegations;

/// <summary>The order that a service's configuration sets, with Signers that answer, refuse or are not there.</summary>
public sealed class The_ways_of_signing : IDisposable
{
    private static readonly ImmutableArray<SigningWay> SignerFirst = [SigningWay.Signer, SigningWay.Delegation];
    private static readonly ImmutableArray<SigningWay> DelegationFirst = [SigningWay.Delegation, SigningWay.Signer];

    private readonly DelegationBench _bench = new();
    private readonly SignerPool _pool;
    private readonly SigningWays _ways;
    private AttachedSigner? _signer;

    public The_ways_of_signing()
    {
        _pool = new SignerPool(_bench.Metrics, _bench.Time, NullLogger<SignerPool>.Instance);
        _ways = new SigningWays(_pool, _bench.Signing);
        _bench.Delegate(3);
    }

    public void Dispose()
    {
        _signer?.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task By_delegation_at_once_when_the_signer_is_lost_and_by_it_again_when_it_is_back()
    {
        Attach();
        Assert.Equal(SigningWay.Signer, Signed(await AskAsync(SignerFirst, Answer)).Way);
        Detach();
        var signed = Signed(await AskAsync(SignerFirst));
        Assert.Equal(SigningWay.Delegation, signed.Way);
        Assert.Contains("no Signer is attached", signed.PassedOver, StringComparison.Ordinal);
        Attach();
        Assert.Equal((SigningWay.Signer, ""), (Signed(await AskAsync(SignerFirst, Answer)).Way, Signed(await AskAsync(SignerFirst, Answer)).PassedOver));
    }

    [Fact]
    public async Task By_delegation_when_the_signer_keeps_silent()
    {
        Attach();
        var signing = _ways.SignAsync(_bench.Job(_bench.First), SignerFirst, CancellationToken.None);
        await _signer!.Requests.ReadAsync();
        _bench.Time.Advance(SignerPool.AnswerWait);
        Assert.Equal(SigningWay.Delegation, Signed(await signing).Way);
    }

    [Fact]
    public async Task Only_as_configured()
    {
        Assert.IsType<SigningOutcome.Unavailable>(await AskAsync([SigningWay.Signer]));
        Assert.Equal(SigningWay.Delegation, Signed(await AskAsync([SigningWay.Delegation])).Way);
    }

    [Fact]
    public async Task By_delegation_first_asks_a_signer_only_for_what_no_delegation_covers()
    {
        Attach();
        Assert.Equal(SigningWay.Delegation, Signed(await AskAsync(DelegationFirst)).Way);
        Assert.False(_signer!.Requests.TryRead(out _));
        Directory.Delete(_bench.Folder.Path, recursive: true);
        _bench.Book.Look();
        var signed = Signed(await AskAsync(DelegationFirst, Answer));
        Assert.Equal((SigningWay.Signer, "no delegation is held"), (signed.Way, signed.PassedOver));
        Detach();
        var neither = Assert.IsType<SigningOutcome.Unavailable>(await AskAsync(DelegationFirst));
        Assert.Equal("no delegation is held; no Signer is attached that signs for this service", neither.Reason);
    }

    [Fact]
    public async Task Every_refusal_that_judges_is_final_and_few_say_that_the_signer_is_out_of_order()
    {
        Attach();
        var passedOver = new List<SignRefusal>();
        foreach (var reason in Enum.GetValues<SignRefusal>())
        {
            // So that no earlier refusal stands.
            Signed(await AskAsync(SignerFirst, Answer));
            if (await AskAsync(SignerFirst, request => Refuse(request, reason)) is SigningOutcome.Signed)
                passedOver.Add(reason);
        }

        SignRefusal[] outOfOrder =
        [
            SignRefusal.KeyUnavailable, SignRefusal.StateUnavailable, SignRefusal.AuditUnavailable,
            SignRefusal.StateLost, SignRefusal.StateDamaged, SignRefusal.StateTooOld, SignRefusal.AuditLost,
            // Faults of its program, and what no Signer sends.
            SignRefusal.Lint, SignRefusal.Internal, SignRefusal.Unspecified,
        ];
        Assert.Equal(outOfOrder.Order(), passedOver.Order());
    }

    [Theory]
    [InlineData(SignRefusal.ServiceDisabled, "")]
    [InlineData(SignRefusal.ServiceStopped, "")]
    [InlineData(SignRefusal.CollectorNotAllowed, "")]
    [InlineData(SignRefusal.ConsensusTime, "")]
    [InlineData(SignRefusal.Rate, "passing")]
    [InlineData(SignRefusal.RequestRate, "passing")]
    [InlineData(SignRefusal.InstanceNotEnrolled, "one instance")]
    public async Task A_no_to_the_service_stands_until_a_signer_signs_again(SignRefusal reason, string otherwise)
    {
        Attach();
        Assert.IsType<SigningOutcome.Refused>(await AskAsync(SignerFirst, request => Refuse(request, reason, otherwise is "one instance")));
        Detach();
        var away = await AskAsync(SignerFirst);
        if (otherwise is not "")
        {
            Assert.Equal(SigningWay.Delegation, Signed(away).Way);
            return;
        }

        Assert.Equal(reason, Assert.IsType<SigningOutcome.Refused>(away).Reason);
        Attach();
        Signed(await AskAsync(SignerFirst, Answer));
        Detach();
        Assert.Equal(SigningWay.Delegation, Signed(await AskAsync(SignerFirst)).Way);
    }

    [Theory]
    [InlineData(SignRefusal.PeriodOutsideWindow)]
    [InlineData(SignRefusal.PeriodNotAllowed)]
    [InlineData(SignRefusal.RoleOfAnotherPeriod)]
    [InlineData(SignRefusal.RevisionCounter)]
    public async Task A_no_to_one_period_stands_for_that_period_until_a_signer_signs_it(SignRefusal reason)
    {
        Attach();
        Assert.IsType<SigningOutcome.Refused>(await AskAsync(SignerFirst, request => Refuse(request, reason), _bench.Second));
        Signed(await AskAsync(SignerFirst, Answer));
        Detach();
        Assert.Equal(SigningWay.Delegation, Signed(await AskAsync(SignerFirst)).Way);
        Assert.Equal(reason, Assert.IsType<SigningOutcome.Refused>(await AskAsync(SignerFirst, of: _bench.Second)).Reason);
        Attach();
        Signed(await AskAsync(SignerFirst, Answer, _bench.Second));
        Detach();
        Assert.Equal(SigningWay.Delegation, Signed(await AskAsync(SignerFirst, of: _bench.Second)).Way);
    }

    [Theory]
    [InlineData(SignRefusal.Internal)]
    [InlineData(SignRefusal.Lint)]
    public async Task A_fault_of_the_signers_program_is_no_decision_and_lifts_none(SignRefusal fault)
    {
        Attach();
        Assert.Equal(SigningWay.Delegation, Signed(await AskAsync(SignerFirst, request => Refuse(request, fault))).Way);
        Assert.IsType<SigningOutcome.Refused>(await AskAsync(SignerFirst, request => Refuse(request, SignRefusal.ServiceStopped)));
        Assert.Equal(SignRefusal.ServiceStopped, Assert.IsType<SigningOutcome.Refused>(await AskAsync(SignerFirst, request => Refuse(request, fault))).Reason);
    }

    [Fact]
    public void A_no_to_a_period_is_forgotten_with_the_period()
    {
        var standing = new StandingRefusals();
        var (service, period) = (_bench.Service, _bench.First.Period);
        var refused = new SigningOutcome.Refused("signer", SignRefusal.PeriodNotAllowed, RefusalStatus.Of(SignRefusal.PeriodNotAllowed), "no", null);
        standing.Note(service, period, refused);
        standing.Note(service, period.Next, refused);
        Assert.Equal(refused, standing.Find(service, period));
        standing.Note(service, period.Next.Next, refused);
        Assert.Null(standing.Find(service, period));
        Assert.Equal(refused, standing.Find(service, period.Next));
    }

    [Fact]
    public async Task A_second_signer_that_does_not_answer_hides_no_refusal_of_the_first()
    {
        Attach();
        using var mute = _pool.Attach("mute", "test", [_bench.Service]);
        var signing = _ways.SignAsync(_bench.Job(_bench.First), SignerFirst, CancellationToken.None);
        _signer!.TryAnswer(Refuse(await _signer.Requests.ReadAsync(), SignRefusal.ServiceDisabled));
        await mute.Requests.ReadAsync();
        // The wait for the second one may begin a moment after its request was written.
        while (!signing.IsCompleted)
        {
            _bench.Time.Advance(SignerPool.AnswerWait);
            await Task.Delay(10);
        }

        Assert.Equal(SignRefusal.ServiceDisabled, Assert.IsType<SigningOutcome.Refused>(await signing).Reason);
    }

    [Fact]
    public void Tell_when_a_signer_or_a_delegation_came_or_went()
    {
        var changes = 0;
        void Count() => changes++;
        _ways.Changed += Count;
        Attach();
        _bench.Delegate(4);
        _ways.Changed -= Count;
        Detach();
        Assert.Equal(2, changes);
    }

    private async Task<SigningOutcome> AskAsync(
        ImmutableArray<SigningWay> order, Func<SignRequest, SignResult>? answer = null, ScheduledDescriptor? of = null)
    {
        var signing = _ways.SignAsync(_bench.Job(of ?? _bench.First), order, CancellationToken.None);
        if (answer is not null)
            Assert.True(_signer!.TryAnswer(answer(await _signer.Requests.ReadAsync())));
        return await signing;
    }

    private void Attach() => _signer = _pool.Attach("signer", "test", [_bench.Service]);

    private void Detach()
    {
        _pool.Detach(_signer!);
        _signer!.Dispose();
        _signer = null;
    }

    private static SigningOutcome.Signed Signed(SigningOutcome outcome) => Assert.IsType<SigningOutcome.Signed>(outcome);

    private SignResult Answer(SignRequest request) => SignersAnswer.To(request, _bench.Identity, 2);

    private static SignResult Refuse(SignRequest request, SignRefusal reason, bool forInstance = false) => new()
    {
        Id = request.Id,
        Refusal = new Refusal
        {
            Reason = reason,
            Status = (uint)RefusalStatus.Of(reason),
            Detail = "no",
            InstanceAddress = forInstance ? DelegationBench.Instance.ToFullString() : "",
        },
    };
}
