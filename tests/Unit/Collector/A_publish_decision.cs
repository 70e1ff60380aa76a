using System.Buffers.Binary;
using System.Security.Cryptography;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class A_publish_decision
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly OnionAddress Instance = The_introduction_point_selector.Address(1);

    private static readonly PublishCircumstances Calm = new(Noon, default(PublishBudget), null, Noon, Noon, DateTimeOffset.MinValue);

    [Fact]
    public void Publishes_a_period_that_was_never_published() =>
        Assert.Equal(Now(PublishReason.NewPeriod), PublishDecision.Of(Wanted([1, 2], "AB"), null, Calm));

    [Fact]
    public void Waits_at_a_cold_start_until_the_instances_have_settled() =>
        Assert.Equal(
            Wait(PublishReason.NewPeriod, Noon.AddSeconds(1)),
            PublishDecision.Of(Wanted([1], "A"), null, Calm with { SettledAt = Noon.AddSeconds(1) }));

    [Fact]
    public void Leaves_the_last_descriptor_to_stand_when_the_set_empties() =>
        Assert.IsType<PublishDecision.StandStill>(PublishDecision.Of(Wanted([], "AB"), Last([1], "AB"), Calm));

    [Fact]
    public void Does_nothing_without_hsdirs() =>
        Assert.IsType<PublishDecision.StandStill>(PublishDecision.Of(Wanted([1], ""), Last([1], "AB"), Calm));

    [Fact]
    public void Waits_for_the_next_refresh_when_nothing_changed() =>
        Assert.Equal(Wait(PublishReason.Due, Noon.AddHours(1)), PublishDecision.Of(Wanted([1, 2], "AB"), Last([1, 2], "AB"), Calm));

    [Fact]
    public void Refreshes_when_due() =>
        Assert.Equal(
            Now(PublishReason.Due),
            PublishDecision.Of(Wanted([1], "A"), Last([1], "A") with { RefreshAt = Noon }, Calm));

    [Fact]
    public void Takes_out_what_is_gone_and_puts_in_what_is_new()
    {
        Assert.Equal(Now(PublishReason.PointsLost), PublishDecision.Of(Wanted([1], "A"), Last([1, 2], "A"), Calm));
        Assert.Equal(Now(PublishReason.PointsLost), PublishDecision.Of(Wanted([1, 3], "A"), Last([1, 2], "A"), Calm));
        Assert.Equal(Now(PublishReason.PointsAdded), PublishDecision.Of(Wanted([1, 2, 3], "A"), Last([1, 2], "A"), Calm));
    }

    [Fact]
    public void A_point_left_out_though_it_lives_is_no_loss() =>
        Assert.Equal(
            Now(PublishReason.PointsAdded),
            PublishDecision.Of(Wanted([1, 3], "A") with { Live = new HashSet<Bytes32> { Key(1), Key(2), Key(3) } }, Last([1, 2], "A"), Calm));

    [Theory]
    [InlineData(0, 200)]
    [InlineData(-150, 50)]
    public void Coalesces_changes_that_come_together(int changedMilliseconds, int waits) =>
        Assert.Equal(
            Wait(PublishReason.PointsLost, Noon.AddMilliseconds(waits)),
            PublishDecision.Of(Wanted([1], "A"), Last([1, 2], "A"), Calm with { ChangedAt = Noon.AddMilliseconds(changedMilliseconds) }));

    [Fact]
    public void Publishes_for_a_new_hsdir_but_not_for_one_that_went()
    {
        Assert.Equal(Now(PublishReason.HsDirsChanged), PublishDecision.Of(Wanted([1], "ABX"), Last([1], "ABC"), Calm));
        Assert.Equal(Wait(PublishReason.Due, Noon.AddHours(1)), PublishDecision.Of(Wanted([1], "AB"), Last([1], "ABC"), Calm));
    }

    [Fact]
    public void Publishes_again_after_a_rejection_but_not_at_once()
    {
        var rejected = Last([1], "A") with { RejectedUntil = Noon.AddSeconds(5) };
        Assert.Equal(Wait(PublishReason.Rejected, Noon.AddSeconds(5)), PublishDecision.Of(Wanted([1], "A"), rejected, Calm));
        Assert.Equal(Now(PublishReason.Rejected), PublishDecision.Of(Wanted([1], "A"), rejected, Calm with { Now = Noon.AddSeconds(5) }));
    }

    [Fact]
    public void Does_not_try_again_before_a_failure_has_cooled() =>
        Assert.Equal(
            Wait(PublishReason.NewPeriod, Noon.AddSeconds(3)),
            PublishDecision.Of(Wanted([1], "A"), null, Calm with { NotBefore = Noon.AddSeconds(3) }));

    [Fact]
    public void A_flapping_backend_uses_up_its_burst_and_still_cannot_delay_a_failover()
    {
        var budget = default(PublishBudget);
        for (var i = 0; i < PublishBudget.Rate.Burst - PublishBudget.Reserve; i++)
        {
            Assert.Equal(Now(PublishReason.PointsAdded), PublishDecision.Of(Wanted([1, 2], "A"), Last([1], "A"), Calm with { Budget = budget }));
            budget = budget.Spend(Noon);
        }

        Assert.Equal(
            Wait(PublishReason.PointsAdded, Noon + PublishBudget.Rate.Interval),
            PublishDecision.Of(Wanted([1, 2], "A"), Last([1], "A"), Calm with { Budget = budget }));
        Assert.Equal(Now(PublishReason.PointsLost), PublishDecision.Of(Wanted([2], "A"), Last([1], "A"), Calm with { Budget = budget }));
    }

    [Fact]
    public void A_budget_fills_up_again_and_never_above_its_burst()
    {
        var spent = default(PublishBudget);
        for (var i = 0; i < PublishBudget.Rate.Burst; i++)
            spent = spent.Spend(Noon);
        Assert.Equal(Noon + PublishBudget.Rate.Interval, spent.AvailableAt(Noon, PublishReason.PointsLost));
        var later = Noon.AddDays(1);
        Assert.Equal(default(PublishBudget).Spend(later), spent.Spend(later));
    }

    private static PublishDecision.Now Now(PublishReason reason) => new(reason);

    private static PublishDecision.Wait Wait(PublishReason reason, DateTimeOffset until) => new(reason, until);

    private static WantedDescriptor Wanted(int[] points, string hsDirs) =>
        new(Plan(points), points.Select(Key).ToHashSet(), [.. hsDirs.Select(name => name.ToString())]);

    private static LastPublication Last(int[] points, string hsDirs)
    {
        var plan = Plan(points);
        return new LastPublication(plan.Digest, plan.Points, [.. hsDirs.Select(name => name.ToString())], Noon.AddHours(1));
    }

    private static SelectionPlan Plan(int[] points) =>
        points.Length == 0
            ? SelectionPlan.Empty
            : new SelectionPlan([[.. points.Select(point => new ChosenPoint(Instance, Key(point)))]]);

    private static Bytes32 Key(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return Bytes32.Create(SHA256.HashData(bytes));
    }
}
