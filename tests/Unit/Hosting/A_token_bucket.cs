using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class A_token_bucket
{
    private static readonly TokenRate Rate = new(Burst: 4, TimeSpan.FromSeconds(3));
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Gives_a_burst_at_once_and_then_one_in_each_interval()
    {
        var bucket = default(TokenBucket);
        for (var i = 0; i < Rate.Burst; i++)
            Assert.True(bucket.TrySpend(Rate, Now, out bucket, out _));
        Assert.False(bucket.TrySpend(Rate, Now.AddSeconds(1), out bucket, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(2), wait);
        Assert.True(bucket.TrySpend(Rate, Now.AddSeconds(3), out bucket, out _));
        Assert.False(bucket.TrySpend(Rate, Now.AddSeconds(3), out _, out _));
    }

    [Fact]
    public void Keeps_a_reserve_for_others()
    {
        var bucket = default(TokenBucket).Spend(Rate, Now).Spend(Rate, Now);
        Assert.Equal(Now, bucket.AvailableAt(Rate, Now));
        Assert.Equal(Now, bucket.AvailableAt(Rate, Now, reserve: 1));
        Assert.Equal(Now + Rate.Interval, bucket.AvailableAt(Rate, Now, reserve: 2));
    }

    [Fact]
    public void Is_never_fuller_than_full()
    {
        var full = default(TokenBucket).Spend(Rate, Now.AddDays(-1)).Return(Rate, 100);
        Assert.Equal(default(TokenBucket).Spend(Rate, Now), full.Spend(Rate, Now));
    }

    [Fact]
    public void Owes_one_burst_at_most_though_more_was_spent()
    {
        var overdrawn = Enumerable.Range(0, 100).Aggregate(default(TokenBucket), (bucket, _) => bucket.Spend(Rate, Now));
        Assert.Equal(Now + Rate.Interval, overdrawn.AvailableAt(Rate, Now));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 3)]
    public void Lets_nobody_wait_longer_because_the_clock_was_set_back(int spent, int secondsToWait)
    {
        var bucket = Enumerable.Range(0, spent).Aggregate(default(TokenBucket), (before, _) => before.Spend(Rate, Now));
        var now = Now.AddDays(-1);
        while (!bucket.TrySpend(Rate, now, out bucket, out _))
            now = now.AddSeconds(1);
        Assert.Equal(Now.AddDays(-1).AddSeconds(secondsToWait), now);
    }
}
