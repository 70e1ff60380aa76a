using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class The_introduction_point_selector
{
    private const int ReadHsDirs = 6;

    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 3, 1 }, { 3, 3, 2 }, { 6, 3, 3 }, { 7, 3, 4 }, { 10, 2, 5 }, { 11, 2, 6 }, { 20, 3, 7 }, { 40, 3, 8 }, { 120, 1, 9 }, { 2, 20, 10 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Never_repeats_a_point_and_never_lists_more_than_twenty(int instances, int points, int seed)
    {
        var plan = IntroductionPointSelector.Plan(Some(instances, points, relays: 5000, seed), ReadHsDirs);
        Assert.All(plan.Selections, selection =>
        {
            Assert.InRange(selection.Length, 1, 20);
            Assert.Equal(selection.Length, selection.Select(point => point.AuthKey).Distinct().Count());
        });
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Is_even_over_the_instances_in_each_selection_and_in_all_together(int instances, int points, int seed)
    {
        var candidates = Some(instances, points, relays: 1_000_000, seed);
        var plan = IntroductionPointSelector.Plan(candidates, ReadHsDirs);
        foreach (var selection in plan.Selections.Append([.. plan.Selections.SelectMany(points => points)]))
        {
            var shares = candidates.Select(instance => selection.Count(point => point.Instance == instance.Address)).ToArray();
            Assert.InRange(shares.Max() - shares.Min(), 0, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Reaches_every_instance_as_far_as_the_read_hsdirs_have_room(int instances, int points, int seed)
    {
        var plan = IntroductionPointSelector.Plan(Some(instances, points, relays: 5000, seed), ReadHsDirs);
        var reached = plan.Selections.SelectMany(selection => selection).Select(point => point.Instance).Distinct().Count();
        Assert.Equal(Math.Min(instances, ReadHsDirs * 20), reached);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gives_the_same_plan_whatever_the_order_of_its_input(int instances, int points, int seed)
    {
        var candidates = Some(instances, points, relays: 50, seed);
        var shuffled = candidates.Select(instance => instance with { Points = Shuffled(instance.Points, seed) }).ToArray();
        new Random(seed).Shuffle(shuffled);
        Assert.Equal(
            IntroductionPointSelector.Plan(candidates, ReadHsDirs),
            IntroductionPointSelector.Plan(shuffled, ReadHsDirs));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Never_lists_two_points_on_one_relay(int instances, int points, int seed)
    {
        var candidates = Some(instances, points, relays: 12, seed);
        var relayOf = candidates.SelectMany(instance => instance.Points).ToDictionary(point => point.AuthKey, point => point.Relay);
        var plan = IntroductionPointSelector.Plan(candidates, ReadHsDirs);
        Assert.All(plan.Selections, selection => Assert.Distinct(selection.Select(point => relayOf[point.AuthKey])));
    }

    [Fact]
    public void Lists_all_in_one_selection_as_long_as_they_fit()
    {
        var plan = IntroductionPointSelector.Plan(Some(10, 2, relays: 1_000_000, seed: 1), ReadHsDirs);
        Assert.Equal(20, Assert.Single(plan.Selections).Length);
    }

    [Fact]
    public void Takes_distinct_relays_where_there_is_a_choice()
    {
        // 30 points on 22 relays: each instance shares one relay with all others, and has two of its own.
        var shared = Relay(9999);
        var candidates = Enumerable.Range(0, 10)
            .Select(i => new CandidateInstance(
                Address(i),
                [new CandidatePoint(Bytes(i * 10), shared), new CandidatePoint(Bytes(i * 10 + 1), Relay(1000 + i)), new CandidatePoint(Bytes(i * 10 + 2), Relay(2000 + i))]))
            .ToArray();
        var plan = IntroductionPointSelector.Plan(candidates, ReadHsDirs);
        var relayOf = candidates.SelectMany(instance => instance.Points).ToDictionary(point => point.AuthKey, point => point.Relay);
        Assert.All(plan.Selections, selection => Assert.Equal(20, selection.Select(point => relayOf[point.AuthKey]).Distinct().Count()));
    }

    [Fact]
    public void Shares_out_contested_relays_so_that_each_instance_has_some()
    {
        // All on the same three relays.
        var candidates = Enumerable.Range(0, 3)
            .Select(i => new CandidateInstance(Address(i), [.. Enumerable.Range(0, 3).Select(j => new CandidatePoint(Bytes(i * 3 + j), Relay(500 + j)))]))
            .ToArray();
        var selection = Assert.Single(IntroductionPointSelector.Plan(candidates, ReadHsDirs).Selections);
        Assert.Equal(3, selection.Length);
        Assert.Equal(3, selection.Select(point => point.Instance).Distinct().Count());
    }

    [Fact]
    public void Leaves_contested_relays_to_those_who_have_no_other()
    {
        // The first instance could take either; the second has only the first one's relay.
        var one = new CandidateInstance(Address(1), [new CandidatePoint(Bytes(1), Relay(100)), new CandidatePoint(Bytes(2), Relay(200))]);
        var other = new CandidateInstance(Address(2), [new CandidatePoint(Bytes(3), Relay(100))]);
        var selection = IntroductionPointSelector.Plan([one, other], ReadHsDirs).Selections[0];
        Assert.Equal([Bytes(2), Bytes(3)], selection.Select(point => point.AuthKey).Order());
    }

    [Fact]
    public void Gives_an_empty_plan_for_nothing() =>
        Assert.True(IntroductionPointSelector.Plan(Some(3, 0, relays: 1, seed: 1), ReadHsDirs).IsEmpty);

    private static CandidateInstance[] Some(int instances, int points, int relays, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, instances).Select(i => new CandidateInstance(
                Address(seed * 1000 + i),
                [.. Enumerable.Range(0, points).Select(_ => new CandidatePoint(Bytes(random.Next()), Relay(random.Next(relays))))])),
        ];
    }

    private static ImmutableArray<CandidatePoint> Shuffled(ImmutableArray<CandidatePoint> points, int seed)
    {
        var array = points.ToArray();
        new Random(seed).Shuffle(array);
        return [.. array];
    }

    internal static OnionAddress Address(int number)
    {
        using var key = IdentitySecretKey.FromSeed(Bytes(number).Span);
        return OnionAddress.From(key.PublicKey);
    }

    private static string Relay(int number) => Bytes(number).ToHex()[..40].ToUpperInvariant();

    private static Bytes32 Bytes(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return Bytes32.Create(SHA256.HashData(bytes));
    }
}
