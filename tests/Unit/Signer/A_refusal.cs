using System.Text.Json;
using Grpc.Core;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>
/// What may be tried on a Signer, with real descriptors: each is refused with its own reason and gRPC status, has its line
/// in the audit log and its place in the figures, and leaves key and state untouched.
/// </summary>
public sealed class A_refusal : IDisposable
{
    private readonly Attacker _attacker = new();

    private SigningBench Bench => _attacker.Bench;

    public void Dispose() => _attacker.Dispose();

    public static TheoryData<string> Misuses => [.. Misuse.All.Keys];

    [Theory]
    [MemberData(nameof(Misuses))]
    public void Meets(string tried)
    {
        var misuse = Misuse.All[tried];
        Bench.Policy = misuse.Policy;
        Bench.Restart();
        misuse.Before?.Invoke(_attacker);
        var request = misuse.Make(_attacker);
        var state = StateOnDisk();
        using (var counted = new CountedReasons(Bench.Meters, "onionbalance.signer.refusals"))
        {
            AssertRefused(misuse.Reason, misuse.Status, request);
            Assert.Equal([$"{misuse.Reason} {misuse.Status}"], counted.Tags);
        }

        Assert.Equal(state, StateOnDisk());
        AssertAudited(misuse, request);
    }

    [Theory]
    [MemberData(nameof(Misuses))]
    public void Is_no_better_once_the_honest_descriptors_are_known_here(string tried)
    {
        var misuse = Misuse.All[tried];
        if (misuse.Before is not null || misuse.Policy != RequestPolicy.Default)
            return;
        _attacker.Sign();
        AssertRefused(misuse.Reason, misuse.Status, misuse.Make(_attacker));
    }

    [Fact]
    public void Knows_many_causes_apart()
    {
        Assert.True(Misuse.All.Count >= 40, $"{Misuse.All.Count} cases");
        Assert.True(Misuse.All.Values.Select(misuse => misuse.Reason).Distinct().Count() >= 30);
    }

    [Fact]
    public void Has_a_status_of_its_kind_for_every_reason()
    {
        foreach (var reason in Enum.GetValues<SignRefusal>().Except([SignRefusal.Unspecified, SignRefusal.Lint, SignRefusal.Internal]))
            Assert.True(RefusalStatus.Of(reason) is not StatusCode.Internal, $"{reason} is not in the table");
    }

    [Fact]
    public void Names_both_instances_of_which_at_least_one_lies_and_blames_neither()
    {
        var refusal = Bench.Answer(Bench.Ask([_attacker.Shown(Bench.A), _attacker.Robbing(Bench.B, Bench.A)], [SigningBench.Name(0, Bench.A.Points[0])])).Refusal;
        Assert.Contains(Bench.A.Address.ToString(), refusal.Detail, StringComparison.Ordinal);
        Assert.Contains(Bench.B.Address.ToString(), refusal.Detail, StringComparison.Ordinal);
        Assert.Equal("", refusal.InstanceAddress);
    }

    [Fact]
    public void Meets_a_descriptor_older_than_one_ever_signed_for()
    {
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, Bench.Answer(Bench.Honest(2000)).OutcomeCase);
        AssertRefused(SignRefusal.EvidenceRevisionTooLow, StatusCode.FailedPrecondition, Bench.Honest(1999));
        Bench.Restart();
        AssertRefused(SignRefusal.EvidenceRevisionTooLow, StatusCode.FailedPrecondition, Bench.Honest(1999));
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, Bench.Answer(Bench.Honest(2000)).OutcomeCase);
    }

    [Fact]
    public void Meets_evidence_that_was_good_when_it_was_first_shown()
    {
        var request = Bench.Honest();
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, Bench.Answer(request).OutcomeCase);
        Bench.Time.Advance(TimeSpan.FromHours(72));
        AssertRefused(SignRefusal.EvidenceExpired, StatusCode.FailedPrecondition, Bench.Ask(request.Evidence, request.Selections[0].Points));
    }

    [Fact]
    public void Meets_a_name_put_on_evidence_that_is_known_by_its_digest()
    {
        var request = Bench.Honest();
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, Bench.Answer(request).OutcomeCase);
        request.Evidence[0].ClearText();
        request.Evidence[0].InstanceAddress = Bench.B.Address.ToFullString();
        AssertRefused(SignRefusal.EvidenceWrongKey, StatusCode.InvalidArgument, request);
    }

    [Fact]
    public void Meets_everything_while_the_audit_log_is_lost_or_cannot_be_written()
    {
        var head = AuditHead.PathIn(Bench.AuditFolder);
        _attacker.Sign();
        var kept = File.ReadAllBytes(head);
        File.Delete(head);
        Bench.Restart();
        AssertRefused(SignRefusal.AuditLost, StatusCode.DataLoss, Bench.Honest());
        File.WriteAllBytes(head, kept);
        _attacker.Sign();
        kept = File.ReadAllBytes(head);
        File.Delete(head);
        Directory.CreateDirectory(head); // a rename over a folder fails, for root too
        AssertRefused(SignRefusal.AuditUnavailable, StatusCode.Unavailable, Bench.Honest());
        Directory.Delete(head);
        File.WriteAllBytes(head, kept);
        _attacker.Sign();
    }

    [Fact]
    public void Names_no_onion_address_in_full()
    {
        foreach (var misuse in Misuse.All.Values.Where(misuse => misuse.Before is null && misuse.Policy == RequestPolicy.Default))
        {
            var detail = Bench.Answer(misuse.Make(_attacker)).Refusal.Detail;
            Assert.DoesNotContain(Bench.Service.Label, detail, StringComparison.Ordinal);
            Assert.DoesNotContain(Bench.A.Address.Label, detail, StringComparison.Ordinal);
            Assert.DoesNotContain(_attacker.Stranger.Address.Label, detail, StringComparison.Ordinal);
        }
    }

    private void AssertRefused(SignRefusal reason, StatusCode status, SignRequest request)
    {
        var result = Bench.Answer(request);
        Assert.True(result.OutcomeCase == SignResult.OutcomeOneofCase.Refusal, result.OutcomeCase.ToString());
        Assert.True(reason == result.Refusal.Reason, $"{result.Refusal.Reason}: {result.Refusal.Detail}");
        Assert.Equal((uint)status, result.Refusal.Status);
        Assert.NotEmpty(result.Refusal.Detail);
    }

    private void AssertAudited(Misuse misuse, SignRequest request)
    {
        var lines = File.ReadAllLines(AuditHead.PathOf(Bench.AuditFolder, 1)).Select(line => JsonDocument.Parse(line[65..]).RootElement).ToArray();
        Assert.Equal(misuse.IsRead ? ["asked", "refused"] : ["refused", "unread"], lines[^2..].Select(line => line.GetProperty("event").GetString()!.ToLowerInvariant()));
        Assert.Equal(misuse.Reason.ToString(), lines[^1].GetProperty("reason").GetString());
        Assert.NotEmpty(lines[^1].GetProperty("detail").GetString()!);
        if (misuse.IsRead)
            Assert.All(lines[^2..], line => Assert.Equal(SignRequestReader.DigestOf(request).ToHex(), line.GetProperty("digest").GetString()));
        Assert.True(AuditChain.TryVerify(Bench.AuditFolder, out _, out var fault), fault);
    }

    private byte[]? StateOnDisk() => File.Exists(Bench.StateFile) ? File.ReadAllBytes(Bench.StateFile) : null;
}
