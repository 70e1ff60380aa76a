using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>One instance names whatever relays it likes, those of the others above all. They keep their share.</summary>
public sealed class A_hostile_instance_in_a_selection
{
    private const int ReadHsDirs = 6;

    private static readonly OnionAddress[] Addresses = [.. Enumerable.Range(0, 8).Select(The_introduction_point_selector.Address)];

    /// <summary>Numbers of relays: with few, the honest ones are in each other's way too.</summary>
    public static TheoryData<int> Networks => [3, 5, 8, 20, 100];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Takes_the_last_point_from_nobody(int relays) => Play(relays, (honest, hostile) =>
    {
        var plan = IntroductionPointSelector.Plan([.. honest, hostile], ReadHsDirs);
        var served = plan.Selections.SelectMany(points => points).Select(point => point.Instance).ToHashSet();
        Assert.All(IntroductionPointSelector.Plan(honest, ReadHsDirs).Selections.SelectMany(points => points), point => Assert.Contains(point.Instance, served));
    });

    [Theory]
    [MemberData(nameof(Networks))]
    public void Keeps_nobody_out_of_any_selection_who_has_two_relays_that_no_other_honest_one_has(int relays) => Play(relays, (honest, hostile) =>
    {
        var plan = IntroductionPointSelector.Plan([.. honest, hostile], ReadHsDirs);
        foreach (var instance in honest)
        {
            var others = honest.Where(other => other != instance).SelectMany(RelaysOf).ToHashSet();
            if (RelaysOf(instance).Count(relay => !others.Contains(relay)) >= 2)
                Assert.All(plan.Selections, selection => Assert.Contains(selection, point => point.Instance == instance.Address));
        }
    });

    [Fact]
    public void Shares_a_relay_with_one_who_has_no_other()
    {
        var honest = new CandidateInstance(Addresses[1], [Point(1, "A")]);
        foreach (var address in (OnionAddress[])[Addresses[0], Addresses[2], Addresses[3]])
        {
            var plan = IntroductionPointSelector.Plan([honest, new CandidateInstance(address, [Point(2, "A")])], ReadHsDirs);
            Assert.Equal(ReadHsDirs / 2, plan.Selections.Count(selection => selection.Single().Instance == honest.Address));
        }
    }

    [Fact]
    public void Gets_nobodys_point_by_naming_it()
    {
        var honest = new CandidateInstance(Addresses[1], [Point(1, "A"), Point(2, "B")]);
        foreach (var address in (OnionAddress[])[Addresses[0], Addresses[2], Addresses[3]])
        {
            var plan = IntroductionPointSelector.Plan([honest, new CandidateInstance(address, [Point(1, "C")])], ReadHsDirs);
            Assert.Equal(Point(2, "B").AuthKey, Assert.Single(plan.Points));
        }
    }

    /// <summary>Honest ones with one to three points each, and one that names up to twenty, any mix of their relays and others.</summary>
    private static void Play(int relays, Action<CandidateInstance[], CandidateInstance> check)
    {
        var random = new Random(relays);
        for (var game = 0; game < 600; game++)
        {
            var number = 0;
            var addresses = (OnionAddress[])Addresses.Clone();
            random.Shuffle(addresses);
            CandidateInstance[] honest =
            [
                .. addresses[1..random.Next(2, 6)].Select(address => new CandidateInstance(
                    address, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Point(++number, Relay(random.Next(relays))))])),
            ];
            string[] theirs = [.. honest.SelectMany(RelaysOf).Distinct()];
            var wanted = random.Next(3) switch
            {
                0 => theirs,
                1 => RelaysOf(honest[random.Next(honest.Length)]),
                _ => [.. theirs.Where(_ => random.Next(2) == 0), .. Enumerable.Range(0, random.Next(5)).Select(_ => Relay(random.Next(relays)))],
            };
            var named = wanted.Take(20).Concat(random.Next(2) == 0 ? wanted.Take(3) : []).Take(20);
            check(honest, new CandidateInstance(addresses[0], [.. named.Select(relay => Point(++number, relay))]));
        }
    }

    private static IEnumerable<string> RelaysOf(CandidateInstance instance) => instance.Points.Select(point => point.Relay).Distinct();

    private static string Relay(int number) => $"relay{number}";

    private static CandidatePoint Point(int number, string relay) => new(Some.Bytes(number), relay);
}
