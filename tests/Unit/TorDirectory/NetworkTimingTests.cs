using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

/// <summary>The moments are those of C tor's src/test/test_hs_common.c.</summary>
public sealed class NetworkTimingTests
{
    [Theory]
    [InlineData("2016-04-13T11:00:00Z", 16903, "2016-04-13T12:00:00Z")]
    [InlineData("2016-04-13T11:59:59Z", 16903, "2016-04-13T12:00:00Z")]
    [InlineData("2016-04-13T12:00:00Z", 16904, "2016-04-14T12:00:00Z")]
    public void Counts_the_days_of_the_public_network_from_noon(string now, ulong number, string next)
    {
        var period = NetworkTiming.Public.PeriodAt(Time(now));
        Assert.Equal(number, period.Number);
        Assert.Equal(1440u, period.LengthMinutes);
        Assert.Equal(Time(next), NetworkTiming.Public.StartOf(period.Next));
        Assert.Equal(period.Next, NetworkTiming.Public.PeriodAt(Time(next)));
    }

    [Theory]
    [InlineData("2016-04-13T00:00:00Z", "2016-04-13T00:02:00Z")]
    [InlineData("2016-04-13T00:02:00Z", "2016-04-13T00:06:00Z")]
    public void A_test_network_that_votes_every_ten_seconds_has_periods_of_four_minutes(string now, string next)
    {
        Assert.True(NetworkTiming.TryCreate(TimeSpan.FromSeconds(10), 4, out var timing));
        Assert.Equal(Time(next), timing.StartOf(timing.PeriodAt(Time(now)).Next));
    }

    [Theory]
    [InlineData(3600, 1440)]
    [InlineData(10, 4)]
    [InlineData(20, 8)]
    [InlineData(300, 120)]
    public void The_voting_interval_tells_the_network(int interval, uint minutes) =>
        Assert.Equal(minutes, NetworkTiming.Of(Schedules.Consensus(DateTimeOffset.UnixEpoch.AddYears(50), TimeSpan.FromSeconds(interval))).PeriodLengthMinutes);

    [Fact]
    public void The_public_network_may_change_the_length_of_its_periods()
    {
        var consensus = Schedules.Consensus(DateTimeOffset.UnixEpoch.AddYears(50), TimeSpan.FromHours(1));
        consensus = consensus with { Parameters = consensus.Parameters with { HsDirInterval = 720 } };
        Assert.Equal(720u, NetworkTiming.Of(consensus).PeriodLengthMinutes);
    }

    [Theory]
    [InlineData(4, 1440)]
    [InlineData(86401, 1440)]
    [InlineData(-3600, 1440)]
    [InlineData(3600.5, 1440)]
    [InlineData(3600, 0)]
    [InlineData(3600, 40_000)]
    public void Refuses_a_clockwork_that_no_tor_runs_on(double seconds, uint minutes) =>
        Assert.False(NetworkTiming.TryCreate(TimeSpan.FromSeconds(seconds), minutes, out _));

    [Theory]
    [InlineData(3600, 1440)]
    [InlineData(10, 4)]
    public void A_period_is_published_exactly_while_a_consensus_makes_it_the_first_or_the_second(int interval, uint minutes)
    {
        Assert.True(NetworkTiming.TryCreate(TimeSpan.FromSeconds(interval), minutes, out var timing));
        var period = timing.PeriodAt(Time("2026-05-01T00:00:00Z"));
        var (from, until) = timing.PublicationOf(period);
        Assert.Equal(2 * timing.SharedRandomRun, until - from);
        for (var at = from - 2 * timing.SharedRandomRun; at < until + 2 * timing.SharedRandomRun; at += timing.VotingInterval)
        {
            Assert.True(PeriodClock.TryAt(at, timing, out var clock));
            Assert.Equal(at >= from && at < until, clock.First == period || clock.Second == period);
        }
    }

    [Theory]
    [InlineData(20_780, 1440, 20_780, 1440, false)]
    [InlineData(20_779, 1440, 20_780, 1440, true)]
    [InlineData(20_781, 1440, 20_780, 1440, false)]
    [InlineData(10_389, 2880, 20_780, 1440, true)]
    [InlineData(10_390, 2880, 20_780, 1440, false)]
    [InlineData(10_390, 2880, 20_781, 1440, false)]
    [InlineData(0, uint.MaxValue, 20_780, 1440, false)]
    [InlineData(ulong.MaxValue, uint.MaxValue, 20_780, 1440, false)]
    public void A_period_is_over_when_it_ends_before_another_begins_whatever_their_lengths(ulong number, uint minutes, ulong other, uint otherMinutes, bool isOver) =>
        Assert.Equal(isOver, new TimePeriod(number, minutes).IsOverAt(new TimePeriod(other, otherMinutes)));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
