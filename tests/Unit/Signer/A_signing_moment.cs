using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol.Directory;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Signer;

public sealed class A_signing_moment
{
    /// <summary>Half past one in the afternoon: period N is an hour and a half old, and clients use the second descriptor.</summary>
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 13, 30, 0, TimeSpan.Zero);

    private static readonly TimePeriod N = NetworkTiming.Public.PeriodAt(Now);

    public static TheoryData<string, int, double, int, SignRefusal?> Cases => new()
    {
        { "the first descriptor, of the period before", -1, -0.5, 1, null },
        { "the second descriptor, of the current period", 0, -0.5, 2, null },
        { "by a consensus of this morning, the first is of the period before", -1, -4.5, 1, null },
        { "a consensus of half an hour to come", 0, 0.5, 2, null },
        { "a consensus to come in two hours", 0, 2, 2, SignRefusal.ConsensusFromFuture },
        { "a consensus 26 hours old, when the second was of the period before", -1, -26, 2, null },
        { "a consensus 28 hours old", -1, -28, 2, SignRefusal.ConsensusTime },
        { "a consensus of 1980", 0, -400_000, 2, SignRefusal.ConsensusTime },
        { "a consensus of the year 3000", 0, 8_000_000, 2, SignRefusal.ConsensusFromFuture },
        { "two periods ago", -2, -0.5, 1, SignRefusal.PeriodOutsideWindow },
        { "two periods ahead", 2, -0.5, 2, SignRefusal.PeriodOutsideWindow },
        { "the next period before its time", 1, -0.5, 2, SignRefusal.RoleOfAnotherPeriod },
        { "the second descriptor called the first", 0, -0.5, 1, SignRefusal.RoleOfAnotherPeriod },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Admits_only_what_its_own_clock_bears_out(string what, int period, double consensusHours, int role, SignRefusal? expected)
    {
        var request = Request(N with { Number = (ulong)((long)N.Number + period) }, Now.AddHours(consensusHours), (DescriptorRole)role);
        var admitted = new SigningMoment(Now, NetworkTiming.Public).TryAdmit(request, out _, out var refused);
        Assert.True(admitted == (expected is null), what);
        Assert.Equal(expected, refused?.Reason);
    }

    [Fact]
    public void Refuses_a_period_of_another_length() => Assert.Equal(
        SignRefusal.Network,
        Reason(Request(N with { LengthMinutes = 4 }, Now, DescriptorRole.Second)));

    [Fact]
    public void Refuses_the_voting_interval_of_another_network() => Assert.Equal(
        SignRefusal.Network,
        Reason(Request(N, Now, DescriptorRole.Second) with { VotingInterval = TimeSpan.FromSeconds(10) }));

    [Fact]
    public void Counts_from_the_run_that_the_descriptor_belongs_to()
    {
        var moment = new SigningMoment(Now, NetworkTiming.Public);
        Assert.True(moment.TryAdmit(Request(N.Previous, Now.AddHours(-0.5), DescriptorRole.First), out var first, out _));
        Assert.True(moment.TryAdmit(Request(N, Now.AddHours(-0.5), DescriptorRole.Second), out var second, out _));
        Assert.Equal(new DateTimeOffset(2026, 3, 9, 0, 0, 0, TimeSpan.Zero), first);
        Assert.Equal(new DateTimeOffset(2026, 3, 10, 0, 0, 0, TimeSpan.Zero), second);
    }

    private static SignRefusal? Reason(SigningRequest request) =>
        new SigningMoment(Now, NetworkTiming.Public).TryAdmit(request, out _, out var refused) ? null : refused.Reason;

    private static SigningRequest Request(TimePeriod period, DateTimeOffset consensus, DescriptorRole role) =>
        new(Some.Address(1), period, role, consensus, TimeSpan.FromHours(1), [], []) { Digest = default };
}
