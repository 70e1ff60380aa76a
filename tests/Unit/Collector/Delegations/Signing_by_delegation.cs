using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Unit.Keys;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.Collector.Delegations;

public sealed class Signing_by_delegation : IDisposable
{
    private readonly DelegationBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Gives_descriptors_that_clients_read_and_the_linter_finds_nothing_in()
    {
        var bundle = _bench.Delegate(3);
        foreach (var descriptor in (ScheduledDescriptor[])[_bench.First, _bench.Second])
        {
            var job = _bench.Job(descriptor);
            var signed = Assert.IsType<SigningOutcome.Signed>(_bench.Signing.Sign(job));
            Assert.Equal((SigningWay.Delegation, ""), (signed.Way, signed.Signer));
            var copies = Assert.Single(signed.Copies);
            Assert.Equal(2, copies.Length);
            Assert.Empty(DescriptorLinter.LintCopies(copies));
            var read = _bench.Read(copies[0], descriptor.Period);
            Assert.Equal(job.Evidence.Values.Single().Points.AsEnumerable(), read.Inner.IntroductionPoints);
            Assert.NotNull(read.Inner.FlowControl);
            var delegated = bundle.Periods.Single(period => period.Period == descriptor.Period);
            Assert.Equal(delegated.Certificate.Encoded.AsEnumerable(), read.SigningKeyCertificate.Encoded);
        }
    }

    [Fact]
    public void Has_tors_own_counter_and_never_the_same_twice_restarts_included()
    {
        _bench.Delegate(3);
        using var blinded = _bench.Identity.Blind(_bench.First.Period);
        var computed = RevisionCounter.Compute(blinded, Some.Now - _bench.First.StartOfSrvRun);
        Assert.Equal(computed, _bench.Sign(_bench.First).RevisionCounter);
        Assert.Equal(computed + 1, _bench.Sign(_bench.First).RevisionCounter);
        _bench.Restart();
        Assert.Equal(computed + 2, _bench.Sign(_bench.First, computed + 1).RevisionCounter);
        _bench.GoTo(Some.Now.AddSeconds(1));
        Assert.Equal(RevisionCounter.Compute(blinded, Some.Now.AddSeconds(1) - _bench.First.StartOfSrvRun), _bench.Sign(_bench.First).RevisionCounter);
    }

    [Fact]
    public void Goes_above_what_a_signer_had_published()
    {
        _bench.Delegate(3);
        var signed = _bench.Sign(_bench.First, 1UL << 62);
        Assert.Equal((1UL << 62) + 1, signed.RevisionCounter);
        Assert.Equal(signed.RevisionCounter, _bench.Read(signed.Copies[0][0], _bench.First.Period).RevisionCounter);
        Expect("no revision counter left", _bench.Job(_bench.First, ulong.MaxValue));
    }

    [Fact]
    public void Releases_nothing_whose_counter_is_not_on_disk()
    {
        _bench.Delegate(3);
        var file = Path.Combine(_bench.State, "counters", _bench.Service.Label + ".json");
        File.WriteAllText(file, "[null]");
        Expect("cannot be read", _bench.Job(_bench.First));
        File.Delete(file);
        Directory.Delete(Path.GetDirectoryName(file)!);
        Expect("cannot be written down", _bench.Job(_bench.First));
    }

    [NoLockedMemoryFact]
    public void Says_that_there_is_no_memory_for_its_key_and_goes_on_once_there_is()
    {
        _bench.Delegate(3);
        var problem = Assert.IsType<SigningOutcome.Unavailable>(NoLockedMemory.Run(() => _bench.Signing.Sign(_bench.Job(_bench.First)))).Problem;
        Assert.StartsWith("signing by delegation failed: No locked memory left", problem, StringComparison.Ordinal);
        _bench.Sign(_bench.First);
        // What is in memory needs none.
        Assert.IsType<SigningOutcome.Signed>(NoLockedMemory.Run(() => _bench.Signing.Sign(_bench.Job(_bench.First))));
    }

    [Fact]
    public void Keeps_a_periods_key_and_middle_layer_and_sets_the_periods_apart()
    {
        _bench.Delegate(3);
        var one = _bench.Read(_bench.Sign(_bench.First).Copies[0][0], _bench.First.Period);
        _bench.Delegate(5);
        var two = _bench.Read(_bench.Sign(_bench.First).Copies[0][0], _bench.First.Period);
        var other = _bench.Read(_bench.Sign(_bench.Second).Copies[0][0], _bench.Second.Period);
        Assert.Equal(one.Outer.SigningKey, two.Outer.SigningKey);
        Assert.Equal(one.Middle.EphemeralKey, two.Middle.EphemeralKey);
        Assert.NotEqual(one.Outer.SigningKey, other.Outer.SigningKey);
        Assert.NotEqual(one.Middle.EphemeralKey, other.Middle.EphemeralKey);
    }

    [Fact]
    public void Goes_on_through_rotations_on_one_bundle_and_ends_with_it()
    {
        var bundle = _bench.Delegate(3);
        var seen = new Dictionary<ulong, ulong>();
        var moment = Some.Now;
        for (; moment < _bench.Book.UntilOf(_bench.Service); moment = moment.AddHours(4))
        {
            _bench.GoTo(moment);
            foreach (var descriptor in (ScheduledDescriptor[])[_bench.First, _bench.Second])
            {
                var counter = _bench.Sign(descriptor).RevisionCounter;
                Assert.True(!seen.TryGetValue(descriptor.Period.Number, out var last) || counter > last);
                seen[descriptor.Period.Number] = counter;
            }
        }

        Assert.Equal(bundle.Periods.Select(delegated => delegated.Period.Number), seen.Keys.Order());
        _bench.GoTo(moment);
        _bench.Sign(_bench.First);
        Expect("no delegation is held for period", _bench.Job(_bench.Second));
    }

    [Fact]
    public void Needs_a_delegation_of_the_period_its_key_and_the_points_in_the_instances_descriptors()
    {
        Expect("no delegation is held", _bench.Job(_bench.First));
        _bench.Delegate(3);
        var job = _bench.Job(_bench.First);
        var other = Some.Report(DelegationBench.Instance, _bench.First.Period, seed: 1);
        Expect("is not in the descriptor of", job with { Evidence = job.Evidence.SetItem(DelegationBench.Instance, other) });
        var file = Path.Combine(_bench.Folder.Path, _bench.Folder.Keys().Single(key => key.Period == _bench.First.Period).ToString());
        File.WriteAllBytes(file, new byte[32]);
        Expect("does not hold the key", job);
        Assert.DoesNotContain(_bench.Service.Label, ((SigningOutcome.Unavailable)_bench.Signing.Sign(job)).Reason, StringComparison.Ordinal);
        _bench.Sign(_bench.Second);
        _bench.Time.SetUtcNow(Some.Now.AddDays(3));
        Expect("by this host's clock", job);
    }

    [Fact]
    public void Takes_up_and_lets_go_of_delegations_while_it_runs()
    {
        var changes = 0;
        _bench.Signing.Changed += () => changes++;
        _bench.Book.Look();
        var before = changes;
        _bench.Delegate(3);
        Assert.Equal(before + 1, changes);
        _bench.Book.Look();
        Assert.Equal(before + 1, changes);
        _bench.Sign(_bench.First);
        Directory.Delete(_bench.Folder.Path, recursive: true);
        _bench.Book.Look();
        Assert.Equal(before + 2, changes);
        Expect("no delegation is held", _bench.Job(_bench.First));
    }

    private void Expect(string problem, SigningJob job) =>
        Assert.Contains(problem, Assert.IsType<SigningOutcome.Unavailable>(_bench.Signing.Sign(job)).Reason, StringComparison.Ordinal);
}
