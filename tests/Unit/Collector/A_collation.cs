using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class A_collation
{
    private static readonly NetworkView View = Some.View();

    [Fact]
    public void Takes_each_instances_points_from_the_period_it_is_for_and_else_from_the_newest()
    {
        var (one, two) = (Some.Address(1), Some.Address(2));
        var (first, second) = (View.Schedule.First.Period, View.Schedule.Second.Period);
        var ofSecond = Some.Report(one, second);
        var ofFirst = Some.Report(one, first, received: Some.Now);
        var only = Some.Report(two, first);
        var collation = Collate(Instances(Record(one, ofSecond, ofFirst), Record(two, only)), 1);
        Assert.Equal(ofSecond.Digest, collation.Reports[one].Digest);
        Assert.Equal(only.Digest, collation.Reports[two].Digest);
        Assert.Equal(ofFirst.Digest, Collate(Instances(Record(one, ofSecond, ofFirst)), 0).Reports[one].Digest);
    }

    [Fact]
    public void Gives_all_hsdirs_the_same_points_while_they_fit()
    {
        var collation = Collate(Many(3), 0);
        var job = collation.ToJob(null);
        Assert.Equal(8, Assert.Single(job.Copies));
        Assert.Equal(9, Assert.Single(job.Plan.Selections).Length);
        Assert.Equal(3, job.Evidence.Count);
        var copies = collation.Distribute([Copies(0, 8)]);
        Assert.Equal(8, copies.Select(copy => copy.Descriptor.Span[1]).Distinct().Count());
        Assert.Equal(8, copies.Select(copy => copy.HsDir.Fingerprint).Distinct().Count());
    }

    [Fact]
    public void Shares_the_points_out_so_that_the_hsdirs_that_clients_read_show_all_instances()
    {
        var collation = Collate(Many(40), 1);
        var job = collation.ToJob(null);
        // Six are read; the other two get a second copy each of what two of those have.
        Assert.Equal([2, 2, 1, 1, 1, 1], job.Copies.AsEnumerable());
        Assert.Equal(40, job.Evidence.Count);
        var read = View.ReadHsDirsFor(View.Schedule.Second, collation.Service.PublicKey.Blind(View.Schedule.Second.Period)).Select(hsDir => hsDir.Fingerprint);
        var copies = collation.Distribute([.. job.Copies.Select((count, selection) => Copies(selection, count))]);
        Assert.Equal([0, 1, 2, 3, 4, 5], copies.Where(copy => read.Contains(copy.HsDir.Fingerprint)).Select(copy => (int)copy.Descriptor.Span[0]).Order());
        Assert.Equal(8, copies.Select(copy => (copy.Descriptor.Span[0], copy.Descriptor.Span[1])).Distinct().Count());
    }

    [Fact]
    public void Leaves_out_whom_the_signer_will_not_have()
    {
        var collation = Collate(Many(3), 0, [Some.Address(101)]);
        Assert.Equal(6, collation.Plan.Points.Count);
        Assert.DoesNotContain(Some.Address(101), collation.Reports.Keys);
        Assert.Equal(6, collation.Wanted.Live.Count);
    }

    [Fact]
    public void Leaves_out_reports_whose_certificate_ends_or_whose_period_is_over()
    {
        var old = View.Schedule.First.Period.Previous.Previous;
        Assert.True(Collate(Instances(Record(Some.Address(1), Some.Report(Some.Address(1), old))), 0).Plan.IsEmpty);
        var ending = Some.Report(Some.Address(1), View.Schedule.First.Period) with { Expires = Some.Now.AddMinutes(1) };
        Assert.True(Collate(Instances(Record(Some.Address(1), ending)), 0).Plan.IsEmpty);
    }

    [Fact]
    public void Tells_relays_apart_by_the_identity_that_tors_clients_go_by()
    {
        // A backend in an attacker's hands names another's relay under a second Ed25519 identity: a client with a circuit to
        // that relay would take the first point with its legacy identity, and that may be the attacker's.
        var honest = Some.Report(Some.Address(1), View.Schedule.First.Period, points: 1);
        var specifiers = honest.Points[0].LinkSpecifiers.ToArray();
        specifiers[^1] ^= 1;
        Assert.True(IntroductionPoint.TryCreate(
            specifiers, honest.Points[0].OnionKey, new Ed25519PublicKey(Some.Bytes(1)), honest.Points[0].EncKey, out var forged));
        var plain = Some.Report(Some.Address(2), View.Schedule.First.Period, points: 1);
        var hostile = plain with { Inner = plain.Inner with { IntroductionPoints = [forged] } };
        var plan = Collate(Instances(Record(honest.Instance, honest), Record(hostile.Instance, hostile)), 0).Plan;
        Assert.Equal(6, plan.Selections.Length);
        Assert.All(plan.Selections, selection => Assert.Single(selection));
        Assert.Equal(3, plan.Selections.Count(selection => selection[0].Instance == honest.Instance));
    }

    private static Collation Collate(ImmutableDictionary<OnionAddress, InstanceRecord> instances, int which, params OnionAddress[] leftOut) => Collation.Of(
        new ServiceConfiguration(Some.Address(100), [.. instances.Values.Select(record => new EnrolledInstance(record.Address, record.Agent))]),
        instances,
        View,
        View.Descriptors[which],
        leftOut.ToHashSet(),
        Some.Now);

    private static ImmutableDictionary<OnionAddress, InstanceRecord> Many(int count) =>
        Instances([.. Enumerable.Range(101, count).Select(i => Record(Some.Address(i), Some.Report(Some.Address(i), View.Schedule.First.Period)))]);

    private static ImmutableDictionary<OnionAddress, InstanceRecord> Instances(params InstanceRecord[] records) =>
        records.ToImmutableDictionary(record => record.Address);

    private static InstanceRecord Record(OnionAddress address, params InstanceReport[] reports) =>
        reports.Aggregate(InstanceRecord.Awaited(address, "a"), (record, report) => record.Reported(report));

    private static ImmutableArray<ReadOnlyMemory<byte>> Copies(int selection, int count) =>
        [.. Enumerable.Range(0, count).Select(copy => new ReadOnlyMemory<byte>([(byte)selection, (byte)copy]))];
}
