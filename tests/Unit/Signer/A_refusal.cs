using System.Security.Cryptography;
using OnionBalance.Split.Protos;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>What a Collector in an attacker's hands may try with real descriptors, each refused with its own reason.</summary>
public sealed class A_refusal : IDisposable
{
    private readonly SigningBench _bench = new();
    private readonly Instance _stranger = new();

    public void Dispose()
    {
        _stranger.Dispose();
        _bench.Dispose();
    }

    public static IEnumerable<object[]> Forgeries => Tries.Select(forgery => (object[])[forgery.Key, forgery.Value.Reason]);

    private static Dictionary<string, (SignRefusal Reason, Func<A_refusal, SignRequest> Make)> Tries => new()
    {
        ["a service that is not ours"] = (SignRefusal.UnknownService, t =>
            t.Changed(request => request.ServiceAddress = t._stranger.Address.ToFullString())),
        ["a descriptor of an instance that is not enrolled"] = (SignRefusal.InstanceNotEnrolled, t =>
            t.Showing(t._stranger, t.Describe(t._stranger))),
        ["a stranger's descriptor under an enrolled instance's name"] = (SignRefusal.EvidenceNotAuthentic, t =>
            t.Renamed(t._stranger, t._bench.A)),
        ["an enrolled instance's descriptor under another enrolled one's name"] = (SignRefusal.EvidenceNotAuthentic, t =>
            t.Renamed(t._bench.A, t._bench.B)),
        ["a descriptor that its digest does not name"] = (SignRefusal.EvidenceNotAuthentic, t =>
            t.Changed(request => request.Evidence[0].Text = request.Evidence[1].Text)),
        ["a descriptor with a changed byte"] = (SignRefusal.EvidenceNotAuthentic, t =>
            t.Showing(t._bench.A, WithFlippedByte(t.Describe(t._bench.A)))),
        ["a descriptor with the revision counter written higher"] = (SignRefusal.EvidenceNotAuthentic, t =>
            t.Showing(t._bench.A, WithRevision(t.Describe(t._bench.A), "1000", "9000"))),
        ["bytes that are no descriptor"] = (SignRefusal.EvidenceNotAuthentic, t =>
            t.Showing(t._bench.A, RandomNumberGenerator.GetBytes(2000))),
        ["a foreign introduction point, named in an honest descriptor"] = (SignRefusal.PointNotInEvidence, t =>
            t.Changed(request => request.Selections[0].Points.Add(SigningBench.Name(0, Instance.RandomPoint())))),
        ["a stranger's introduction point, named in an honest descriptor"] = (SignRefusal.PointNotInEvidence, t =>
            t.Changed(request => request.Selections[0].Points[0] = SigningBench.Name(0, t._stranger.Points[0]))),
        ["a point of one instance, named in the other's descriptor"] = (SignRefusal.PointNotInEvidence, t =>
            t.Changed(request => request.Selections[0].Points[0] = SigningBench.Name(1, t._bench.A.Points[0]))),
        ["a foreign point in the last of several selections"] = (SignRefusal.PointNotInEvidence, t =>
            t.Changed(request => request.Selections.Add(new Selection { Copies = 1, Points = { SigningBench.Name(0, Instance.RandomPoint()) } }))),
        ["a point of one instance, which another names with a key of its own"] = (SignRefusal.PointOfTwoInstances, t =>
            t._bench.Ask([t.Shown(t._bench.A), t.Robbing(t._bench.B, t._bench.A)], [SigningBench.Name(1, t._bench.A.Points[0])])),
        ["such a point beside an honest selection"] = (SignRefusal.PointOfTwoInstances, t =>
            t._bench.Ask([t.Robbing(t._bench.B, t._bench.A), t.Shown(t._bench.A)], [SigningBench.Name(1, t._bench.A.Points[0])])),
        ["such a point in another period's descriptor"] = (SignRefusal.PointOfTwoInstances, t =>
            t._bench.Ask([t.Shown(t._bench.A), t.Robbing(t._bench.B, t._bench.A, t._bench.Period.Next)], [SigningBench.Name(0, t._bench.A.Points[1])])),
        ["a descriptor whose certificate ran out"] = (SignRefusal.EvidenceExpired, t =>
            t.Showing(t._bench.A, t._bench.A.Describe(t._bench.Period, t._bench.Time.GetUtcNow().AddHours(-56)))),
        ["a descriptor of a period long gone"] = (SignRefusal.EvidenceNotAuthentic, t =>
            t.Showing(t._bench.A, t._bench.A.Describe(t._bench.Period.Previous.Previous, t._bench.Time.GetUtcNow()))),
        ["a descriptor older than one shown beside it"] = (SignRefusal.EvidenceRevisionTooLow, t =>
            t.Changed(request => request.Evidence.Add(t._bench.A.Show(t.Describe(t._bench.A, 999))))),
        ["a point twice"] = (SignRefusal.PointRepeated, t =>
            t.Changed(request => request.Selections[0].Points.Add(request.Selections[0].Points[0]))),
        ["a point twice, from two descriptors of its instance"] = (SignRefusal.PointRepeated, t => t.Changed(request =>
        {
            request.Evidence.Add(t._bench.A.Show(t._bench.A.Describe(t._bench.Period.Previous, t._bench.Time.GetUtcNow())));
            request.Selections[0].Points.Add(SigningBench.Name(2, t._bench.A.Points[0]));
        })),
        ["more points than clients take"] = (SignRefusal.TooManyPoints, t =>
            t.Changed(request => request.Selections[0].Points.Add(Enumerable.Range(0, 15).Select(_ => SigningBench.Name(0, Instance.RandomPoint()))))),
        ["no points"] = (SignRefusal.NoPoints, t => t.Changed(request => request.Selections[0].Points.Clear())),
        ["nothing at all"] = (SignRefusal.NoPoints, t => t.Changed(request => request.Selections.Clear())),
        ["a period long gone"] = (SignRefusal.PeriodOutsideWindow, t => t.Changed(request => request.TimePeriod.Number -= 2)),
        ["a period to come"] = (SignRefusal.PeriodOutsideWindow, t => t.Changed(request => request.TimePeriod.Number += 2)),
        ["a period of another length"] = (SignRefusal.PeriodOutsideWindow, t => t.Changed(request => request.TimePeriod.LengthMinutes = 4)),
        ["the other descriptor's role"] = (SignRefusal.PeriodOutsideWindow, t => t.Changed(request => request.Role = DescriptorRole.First)),
        ["a consensus of last week"] = (SignRefusal.ConsensusTime, t => t.Changed(request => request.ConsensusValidAfter -= 7 * 86_400)),
        ["a consensus of tomorrow"] = (SignRefusal.ConsensusTime, t => t.Changed(request => request.ConsensusValidAfter += 86_400)),
        ["another network's voting interval"] = (SignRefusal.ConsensusTime, t => t.Changed(request => request.VotingInterval = 10)),
        ["no service"] = (SignRefusal.Malformed, t => t.Changed(request => request.ServiceAddress = "")),
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void Meets(string forgery, SignRefusal reason)
    {
        var before = File.ReadAllBytes(_bench.StateFile);
        using (var counted = new CountedReasons(_bench.Meters, "onionbalance.signer.refusals"))
        {
            AssertRefused(reason, Tries[forgery].Make(this));
            Assert.Equal([reason.ToString()], counted.Reasons);
        }

        Assert.Equal(before, File.ReadAllBytes(_bench.StateFile));

        // The same forgery once the honest descriptors are known here is no better.
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
        AssertRefused(reason, Tries[forgery].Make(this));
    }

    [Fact]
    public void Names_both_instances_of_which_at_least_one_lies_and_blames_neither()
    {
        var refusal = _bench.Answer(_bench.Ask([Shown(_bench.A), Robbing(_bench.B, _bench.A)], [SigningBench.Name(0, _bench.A.Points[0])])).Refusal;
        Assert.Contains(_bench.A.Address.ToString(), refusal.Detail, StringComparison.Ordinal);
        Assert.Contains(_bench.B.Address.ToString(), refusal.Detail, StringComparison.Ordinal);
        Assert.Equal("", refusal.InstanceAddress);
    }

    [Fact]
    public void Meets_a_descriptor_older_than_one_ever_signed_for()
    {
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest(2000)).OutcomeCase);
        AssertRefused(SignRefusal.EvidenceRevisionTooLow, _bench.Honest(1999));
        _bench.Restart();
        AssertRefused(SignRefusal.EvidenceRevisionTooLow, _bench.Honest(1999));
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest(2000)).OutcomeCase);
    }

    [Fact]
    public void Meets_evidence_that_was_good_when_it_was_first_shown()
    {
        var request = _bench.Honest();
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(request).OutcomeCase);
        _bench.Time.Advance(TimeSpan.FromHours(72));
        var later = _bench.Ask(request.Evidence, request.Selections[0].Points);
        AssertRefused(SignRefusal.EvidenceExpired, later);
    }

    [Fact]
    public void Meets_a_name_put_on_evidence_that_is_known_by_its_digest()
    {
        var request = _bench.Honest();
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(request).OutcomeCase);
        request.Evidence[0].ClearText();
        request.Evidence[0].InstanceAddress = _bench.B.Address.ToFullString();
        AssertRefused(SignRefusal.EvidenceNotAuthentic, request);
    }

    [Fact]
    public void Names_no_onion_address_in_full()
    {
        foreach (var (_, forgery) in Tries)
        {
            var detail = _bench.Answer(forgery.Make(this)).Refusal.Detail;
            Assert.DoesNotContain(_bench.Service.Label, detail, StringComparison.Ordinal);
            Assert.DoesNotContain(_bench.A.Address.Label, detail, StringComparison.Ordinal);
            Assert.DoesNotContain(_stranger.Address.Label, detail, StringComparison.Ordinal);
        }
    }

    private void AssertRefused(SignRefusal reason, SignRequest request)
    {
        var result = _bench.Answer(request);
        Assert.True(result.OutcomeCase == SignResult.OutcomeOneofCase.Refusal, result.OutcomeCase.ToString());
        Assert.True(reason == result.Refusal.Reason, $"{result.Refusal.Reason}: {result.Refusal.Detail}");
        Assert.NotEmpty(result.Refusal.Detail);
    }

    private SignRequest Changed(Action<SignRequest> change)
    {
        var request = _bench.Honest();
        change(request);
        return request;
    }

    private byte[] Describe(Instance instance, ulong revision = 1000) => instance.Describe(_bench.Period, _bench.Time.GetUtcNow(), revision);

    private Protos.Evidence Shown(Instance instance) => instance.Show(Describe(instance));

    /// <summary>The thief's own descriptor, in which it names the owner's first point with the rest of it its own.</summary>
    private Protos.Evidence Robbing(Instance thief, Instance owner, TimePeriod? period = null) =>
        thief.Show(thief.Describe(period ?? _bench.Period, _bench.Time.GetUtcNow(), 1000, thief.Robbing(owner.Points[0])));

    private SignRequest Showing(Instance instance, byte[] descriptor) =>
        _bench.Ask([instance.Show(descriptor)], [SigningBench.Name(0, instance.Points[0])]);

    private SignRequest Renamed(Instance author, Instance name)
    {
        var request = Showing(author, Describe(author));
        request.Evidence[0].InstanceAddress = name.Address.ToFullString();
        return request;
    }

    private static byte[] WithFlippedByte(byte[] descriptor)
    {
        descriptor[descriptor.Length / 2] ^= 1;
        return descriptor;
    }

    private static byte[] WithRevision(byte[] descriptor, string from, string to)
    {
        var text = System.Text.Encoding.ASCII.GetString(descriptor).Replace($"revision-counter {from}\n", $"revision-counter {to}\n", StringComparison.Ordinal);
        Assert.Contains($"revision-counter {to}\n", text, StringComparison.Ordinal);
        return System.Text.Encoding.ASCII.GetBytes(text);
    }
}
