using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>Half past three in the afternoon: the first descriptor is of the period before the current one.</summary>
public sealed class A_period_that_is_over
{
    private static readonly TimePeriod First = Some.View().Schedule.First.Period;

    [Fact]
    public void Is_one_before_the_one_before_those_that_are_published()
    {
        var view = Some.View();
        Assert.True(view.IsOver(First.Previous.Previous, Some.Now));
        Assert.False(view.IsOver(First.Previous, Some.Now));
        Assert.Equal(First, view.FirstPeriodAt(Some.Now));
    }

    [Theory]
    [InlineData(-100, 0)]
    [InlineData(0, 100)]
    [InlineData(0, 20000)]
    [InlineData(-20000, 0)]
    public void Is_so_by_the_consensus_and_by_the_clock(int clockOffByDays, int consensusOffByDays)
    {
        var view = Some.View(Some.Now.AddMinutes(-30).AddDays(consensusOffByDays));
        Assert.False(view.IsOver(First, Some.Now.AddDays(clockOffByDays)));
        Assert.False(view.IsOver(First.Previous, Some.Now.AddDays(clockOffByDays)));
    }

    [Fact]
    public void Is_told_by_the_consensus_while_the_clock_is_ahead()
    {
        var view = Some.View();
        Assert.False(view.IsOver(First, Some.Now.AddDays(100)));
        Assert.Equal(First, view.FirstPeriodAt(Some.Now.AddDays(100)));
    }

    [Fact]
    public void Is_never_one_of_another_length() =>
        Assert.False(Some.View().IsOver(new TimePeriod(1, 30), Some.Now));
}
