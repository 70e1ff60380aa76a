using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Collector;
using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>The signer link without its wire: requests are taken from the queue that the stream writes from.</summary>
public sealed partial class A_signer_pool : IDisposable
{
    private static readonly OnionAddress Service = Some.Address(100);
    private static readonly OnionAddress Instance = Some.Address(1);

    private readonly IdentitySecretKey _key = IdentitySecretKey.FromSeed(Some.Bytes(100).Span);
    private readonly FakeTimeProvider _time = new(Some.Now);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly SignerPool _pool;

    public A_signer_pool() =>
        _pool = new SignerPool(new CollectorMetrics(_services.GetRequiredService<IMeterFactory>()), _time, NullLogger<SignerPool>.Instance);

    public void Dispose()
    {
        _key.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task Says_so_when_no_signer_offers_the_service()
    {
        using var other = _pool.Attach("other", "test", [Some.Address(5)]);
        Assert.IsType<SigningOutcome.Unavailable>(await _pool.SignAsync(Job(), CancellationToken.None));
    }

    [Fact]
    public async Task Sends_each_piece_of_evidence_once_in_a_stream()
    {
        using var signer = _pool.Attach("signer", "test", [Service]);
        foreach (var expectText in (bool[])[true, false])
        {
            var signing = _pool.SignAsync(Job(), CancellationToken.None);
            var request = await signer.Requests.ReadAsync();
            Assert.Equal(expectText, Assert.Single(request.Evidence).HasText);
            Assert.True(signer.TryAnswer(Signed(request, 2)));
            var signed = Assert.IsType<SigningOutcome.Signed>(await signing);
            Assert.Equal(("signer", 42UL, 2), (signed.Signer, signed.RevisionCounter, signed.Copies[0].Length));
        }

        using var again = _pool.Attach("signer", "test", [Service]);
        _ = _pool.SignAsync(Job(), CancellationToken.None);
        Assert.True((await again.Requests.ReadAsync()).Evidence[0].HasText);
    }

    [Fact]
    public async Task Sends_it_again_to_a_signer_that_has_forgotten_it_but_not_for_ever()
    {
        using var signer = _pool.Attach("signer", "test", [Service]);
        var first = _pool.SignAsync(Job(), CancellationToken.None);
        signer.TryAnswer(Signed(await signer.Requests.ReadAsync(), 2));
        await first;

        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        var request = await signer.Requests.ReadAsync();
        Assert.False(request.Evidence[0].HasText);
        signer.TryAnswer(Missing(request));
        request = await signer.Requests.ReadAsync();
        Assert.True(request.Evidence[0].HasText);
        signer.TryAnswer(Missing(request));
        Assert.IsType<SigningOutcome.Unavailable>(await signing);
    }

    [Fact]
    public async Task Waits_for_the_only_signer_as_long_as_it_may_take()
    {
        using var slow = _pool.Attach("slow", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        var request = await slow.Requests.ReadAsync();
        _time.Advance(SignerPool.AnswerWait - TimeSpan.FromSeconds(1));
        slow.TryAnswer(Signed(request, 2));
        Assert.IsType<SigningOutcome.Signed>(await signing);
    }

    [Fact]
    public async Task Does_not_wait_for_a_signer_that_went_away()
    {
        using var signer = _pool.Attach("signer", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        await signer.Requests.ReadAsync();
        _pool.Detach(signer);
        Assert.IsType<SigningOutcome.Unavailable>(await signing);
    }

    [Fact]
    public async Task Takes_a_refusal_with_its_reason_and_the_instance_at_fault()
    {
        using var signer = _pool.Attach("signer", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        var request = await signer.Requests.ReadAsync();
        signer.TryAnswer(new SignResult
        {
            Id = request.Id,
            Refusal = new Refusal { Reason = SignRefusal.InstanceNotEnrolled, Detail = "no", InstanceAddress = Instance.ToFullString(), Status = 7 },
        });
        Assert.Equal(new SigningOutcome.Refused("signer", SignRefusal.InstanceNotEnrolled, StatusCode.PermissionDenied, "no", Instance), await signing);
        Assert.Contains("InstanceNotEnrolled", signer.LastProblem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u, StatusCode.Unknown, false)] // a Signer of an older version
    [InlineData(14u, StatusCode.Unavailable, true)]
    [InlineData(8u, StatusCode.ResourceExhausted, true)]
    [InlineData(15u, StatusCode.DataLoss, false)]
    [InlineData(17u, StatusCode.Unknown, false)] // no code of gRPC's
    public async Task Knows_what_passes_by_itself(uint sent, StatusCode status, bool isTransient)
    {
        using var signer = _pool.Attach("signer", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        signer.TryAnswer(Refused(await signer.Requests.ReadAsync(), sent));
        var refused = Assert.IsType<SigningOutcome.Refused>(await signing);
        Assert.Equal((status, isTransient), (refused.Status, refused.IsTransient));
    }

    [Fact]
    public async Task Sends_the_same_but_for_the_id_when_a_job_is_asked_again()
    {
        var job = Job();
        var requests = new List<SignRequest>();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var signer = _pool.Attach("signer", "test", [Service]);
            _ = _pool.SignAsync(job, CancellationToken.None);
            requests.Add(await signer.Requests.ReadAsync());
            requests[^1].Id = 0;
            _pool.Detach(signer);
        }

        Assert.Equal(7UL, requests[0].LastRevisionCounter);
        Assert.Equal(16, requests[0].CollectorRun.Length);
        Assert.Equal(DigestOf(requests[0]), DigestOf(requests[1]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Does_not_take_another_number_of_copies_than_it_asked_for(int copies)
    {
        using var signer = _pool.Attach("signer", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        signer.TryAnswer(Signed(await signer.Requests.ReadAsync(), copies));
        Assert.IsType<SigningOutcome.Unavailable>(await signing);
    }

    [Fact]
    public void Knows_an_answer_to_nothing()
    {
        using var signer = _pool.Attach("signer", "test", [Service]);
        Assert.False(signer.TryAnswer(new SignResult { Id = 9 }));
    }

    /// <summary>Both are attached; only this one answers.</summary>
    private async Task<string> SignedByAsync(AttachedSigner signer)
    {
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        signer.TryAnswer(Signed(await signer.Requests.ReadAsync(), 2));
        return Assert.IsType<SigningOutcome.Signed>(await signing).Signer;
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var tries = 0; !holds(); tries++)
        {
            Assert.True(tries < 1000);
            await Task.Delay(5);
        }
    }

    private static SigningJob Job()
    {
        var view = Some.View();
        var report = Some.Report(Instance, view.Schedule.First.Period);
        var plan = new SelectionPlan([[.. report.Points.Select(point => new ChosenPoint(Instance, point.AuthKey.Bytes))]]);
        return new SigningJob(
            Service,
            view.Schedule.First,
            view.Consensus.ValidAfter,
            view.Consensus.VotingInterval,
            plan,
            [2],
            ImmutableDictionary<OnionAddress, OnionBalance.Split.Collector.Reports.InstanceReport>.Empty.Add(Instance, report),
            7);
    }

    private SignResult Signed(SignRequest request, int copies, ulong counter = 42) => SignersAnswer.To(request, _key, copies, counter);

    private static SignResult Refused(SignRequest request, uint status, OnionAddress? instance = null) =>
        new() { Id = request.Id, Refusal = new Refusal { Reason = SignRefusal.Lint, Detail = "no", Status = status, InstanceAddress = instance?.ToFullString() ?? "" } };

    private static string DigestOf(SignRequest request) => OnionBalance.Split.Signer.Requests.SignRequestReader.DigestOf(request).ToHex();

    private static SignResult Missing(SignRequest request) =>
        new() { Id = request.Id, Missing = new MissingEvidence { Digests = { request.Evidence[0].Digest } } };
}
