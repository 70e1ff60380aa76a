using System.Globalization;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

public sealed class ServiceScheduleTests
{
    /// <summary>The moments of C tor's test_time_between_tp_and_srv.</summary>
    [Theory]
    [InlineData("1985-10-26T00:00:00Z", false)]
    [InlineData("1985-10-26T11:00:00Z", false)]
    [InlineData("1985-10-26T12:00:00Z", true)]
    [InlineData("1985-10-26T23:00:00Z", true)]
    [InlineData("1985-10-27T00:00:00Z", false)]
    public void Knows_the_half_of_the_day_in_which_clients_use_the_second_descriptor(string validAfter, bool second)
    {
        var schedule = ServiceSchedule.From(Schedules.Consensus(DateTimeOffset.Parse(validAfter, CultureInfo.InvariantCulture), TimeSpan.FromHours(1)));
        Assert.Equal(second, schedule.Clock.IsBetweenPeriodAndSharedRandom);
        Assert.Equal(second ? schedule.Second : schedule.First, schedule.ForClients);
        Assert.Equal(schedule.Clock.Current, schedule.ForClients.Period);
    }

    [Fact]
    public void A_missing_shared_random_value_gives_way_to_the_disaster_value_of_the_period()
    {
        var schedule = ServiceSchedule.From(Schedules.Consensus(DateTimeOffset.UnixEpoch.AddYears(50), TimeSpan.FromHours(1)));
        Assert.Equal(SharedRandom.Disaster(schedule.First.Period), schedule.First.SharedRandom);
        Assert.Equal(SharedRandom.Disaster(schedule.Second.Period), schedule.Second.SharedRandom);
        // From C tor's test_disaster_srv.
        Assert.Equal(
            "f8a4948707653837fa44abb5bbc75a12f6f101e7f8faf699b9715f4965d3507d",
            SharedRandom.Disaster(new TimePeriod(1, 1440)).ToHex());
    }

    [Fact]
    public void Both_descriptors_begin_half_a_run_after_their_shared_random_value_in_10_000_random_moments()
    {
        var random = new Random(3);
        for (var i = 0; i < 10_000; i++)
        {
            var timing = RandomTiming(random);
            var validAfter = RandomMoment(random, timing);
            Assert.True(PeriodClock.TryAt(validAfter, timing, out var clock));
            Assert.Equal(timing.StartOf(clock.First), clock.StartOfPreviousRun + timing.RotationOffset);
            Assert.Equal(timing.StartOf(clock.Second), clock.StartOfCurrentRun + timing.RotationOffset);
            Assert.Equal(clock.First.Next, clock.Second);
            Assert.True(clock.StartOfCurrentRun <= validAfter && validAfter < clock.NextRotation);
            Assert.True(timing.StartOf(clock.Current) <= validAfter && validAfter < clock.NextPeriod);
            Assert.Equal(validAfter >= timing.StartOf(clock.Second), clock.IsBetweenPeriodAndSharedRandom);
        }
    }

    [Fact]
    public void Every_rotation_makes_the_second_descriptor_the_first_and_changes_nothing_else_about_it()
    {
        var random = new Random(4);
        for (var i = 0; i < 300; i++)
        {
            var timing = RandomTiming(random);
            var validAfter = RandomMoment(random, timing);
            var before = ServiceSchedule.From(Schedules.Consensus(timing, validAfter));
            for (var round = 0; round < 60; round++)
            {
                validAfter += timing.VotingInterval;
                var after = ServiceSchedule.From(Schedules.Consensus(timing, validAfter));
                if (validAfter < before.Clock.NextRotation)
                {
                    Assert.Equal((before.First, before.Second), (after.First, after.Second));
                }
                else
                {
                    Assert.Equal(before.Second with { Which = WhichDescriptor.First }, after.First);
                    Assert.Equal(before.Second.Period.Next, after.Second.Period);
                    Assert.NotEqual(before.Second.SharedRandom, after.Second.SharedRandom);
                }

                Assert.Equal(validAfter >= before.Clock.NextPeriod, after.ForClients.Period != before.ForClients.Period);
                before = after;
            }
        }
    }

    [Fact]
    public void A_client_up_to_half_a_run_behind_or_ahead_finds_one_of_the_two_descriptors()
    {
        var random = new Random(5);
        for (var i = 0; i < 10_000; i++)
        {
            var timing = RandomTiming(random);
            var validAfter = RandomMoment(random, timing);
            var service = ServiceSchedule.From(Schedules.Consensus(timing, validAfter));
            var client = ServiceSchedule.From(Schedules.Consensus(timing, validAfter + random.Next(-11, 12) * timing.VotingInterval)).ForClients;
            Assert.Contains((client.Period, client.SharedRandom), new[] { service.First, service.Second }.Select(d => (d.Period, d.SharedRandom)));
        }
    }

    [Fact]
    public void A_periods_revision_counters_rise_through_its_whole_life_also_across_the_rotation()
    {
        using var identity = IdentitySecretKey.FromSeed(new byte[32]);
        var timing = NetworkTiming.Public;
        var validAfter = new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);
        var second = ServiceSchedule.From(Schedules.Consensus(timing, validAfter)).Second;
        using var blinded = identity.Blind(second.Period);
        ulong last = 0;
        for (var hour = 0; hour < 48; hour++)
        {
            var now = validAfter + TimeSpan.FromHours(hour);
            var schedule = ServiceSchedule.From(Schedules.Consensus(timing, now));
            var descriptor = hour < 24 ? schedule.Second : schedule.First;
            Assert.Equal(second.Period, descriptor.Period);
            var counter = RevisionCounter.Compute(blinded, now - descriptor.StartOfSrvRun);
            Assert.True(counter > last);
            last = counter;
        }
    }

    /// <summary>The public network, or a test network whose run is whole minutes.</summary>
    private static NetworkTiming RandomTiming(Random random)
    {
        var interval = random.Next(4) == 0 ? 3600 : 5 * random.Next(1, 121);
        Assert.True(NetworkTiming.TryCreate(TimeSpan.FromSeconds(interval), (uint)(interval * 24 / 60), out var timing));
        return timing;
    }

    private static DateTimeOffset RandomMoment(Random random, NetworkTiming timing)
    {
        var interval = (long)timing.VotingInterval.TotalSeconds;
        return DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(1_000_000_000, 4_000_000_000) / interval * interval);
    }
}
