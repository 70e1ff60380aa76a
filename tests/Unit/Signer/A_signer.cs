using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>What the Signer does for an honest Collector.</summary>
public sealed class A_signer : IDisposable
{
    private readonly SigningBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Signs_descriptors_that_a_client_of_the_master_can_read()
    {
        var signed = Signed(_bench.Honest());
        var copies = Assert.Single(signed.Selections).Copies;
        Assert.Equal(2, copies.Count);
        Assert.NotEqual(copies[0], copies[1]);
        foreach (var read in copies.Select(_bench.Read))
        {
            Assert.Equal(signed.RevisionCounter, read.RevisionCounter);
            Assert.Equal(_bench.A.Points.Concat(_bench.B.Points), read.Inner.IntroductionPoints.AsEnumerable());
            Assert.Equal(new FlowControl("1-2", 31), read.Inner.FlowControl);
        }
    }

    [Fact]
    public void Gives_every_selection_of_a_request_the_same_counter()
    {
        var request = _bench.Honest();
        request.Selections.Add(new Selection { Copies = 3, Points = { request.Selections[0].Points.Take(2) } });
        var signed = Signed(request);
        Assert.Equal([2, 3], signed.Selections.Select(selection => selection.Copies.Count));
        Assert.All(signed.Selections.SelectMany(selection => selection.Copies), copy => Assert.Equal(signed.RevisionCounter, _bench.Read(copy).RevisionCounter));
    }

    [Fact]
    public void Signs_the_same_request_again_with_a_higher_counter()
    {
        var request = _bench.Honest();
        var first = Signed(request).RevisionCounter;
        Assert.True(Signed(request).RevisionCounter > first);
    }

    [Fact]
    public void Keeps_the_signing_key_and_the_fake_clients_of_a_period_but_certifies_anew()
    {
        var request = _bench.Honest();
        var first = _bench.Read(Signed(request).Selections[0].Copies[0]);
        _bench.Time.Advance(TimeSpan.FromHours(2));
        var second = _bench.Read(Signed(request).Selections[0].Copies[0]);
        Assert.Equal(first.Outer.SigningKey, second.Outer.SigningKey);
        Assert.Equal(first.Middle.EphemeralKey, second.Middle.EphemeralKey);
        Assert.Equal(2u, second.SigningKeyCertificate.ExpirationHours - first.SigningKeyCertificate.ExpirationHours);
    }

    [Fact]
    public void Never_lets_a_counter_go_back_over_a_restart_with_the_clock_set_back()
    {
        var request = _bench.Honest();
        _bench.Time.Advance(TimeSpan.FromHours(1));
        var before = Signed(request).RevisionCounter;
        _bench.Restart();
        _bench.Time.AdjustTime(_bench.Time.GetUtcNow().AddHours(-1));
        Assert.Equal(before + 1, Signed(request).RevisionCounter);
    }

    [Fact]
    public void Asks_for_evidence_that_it_does_not_know_and_remembers_what_it_was_sent()
    {
        var full = _bench.Honest();
        var bare = full.Clone();
        foreach (var evidence in bare.Evidence)
            evidence.ClearText();
        Assert.Equal(full.Evidence.Select(evidence => evidence.Digest), _bench.Answer(bare).Missing.Digests);
        Signed(full);
        Signed(bare);
    }

    [Fact]
    public void Takes_points_from_a_descriptor_of_the_period_before()
    {
        var (instance, period) = (_bench.A, _bench.Period.Previous);
        Signed(_bench.Ask(
            [instance.Show(instance.Describe(period, _bench.Time.GetUtcNow()))],
            instance.Points.Select(point => SigningBench.Name(0, point))));
    }

    [Fact]
    public void Leaves_out_a_line_on_which_the_instances_disagree()
    {
        _bench.B.Inner = _bench.B.Inner with { FlowControl = new FlowControl("1-3", 31) };
        Assert.Null(_bench.Read(Signed(_bench.Honest()).Selections[0].Copies[0]).Inner.FlowControl);
    }

    [Fact]
    public void Never_copies_a_proof_of_work()
    {
        foreach (var instance in (Instance[])[_bench.A, _bench.B])
            instance.Inner = instance.Inner with { PowParameters = new PowParameters([.. new byte[32]], 7, _bench.Time.GetUtcNow().AddHours(1)) };
        Assert.Null(_bench.Read(Signed(_bench.Honest()).Selections[0].Copies[0]).Inner.PowParameters);
    }

    [Fact]
    public void Never_copies_a_proof_of_work_of_a_version_to_come()
    {
        var inner = new InnerLayer { OtherLines = ["pow-params v9 x y", "other line"] };
        Assert.Equal(["other line"], DescriptorSelection.Combine([inner, inner], []).OtherLines.AsEnumerable());
    }

    private SignedDescriptors Signed(SignRequest request)
    {
        var result = _bench.Answer(request);
        Assert.Equal(request.Id, result.Id);
        Assert.True(result.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result.Refusal?.Detail);
        return result.Signed;
    }
}
