using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_ceiling_doubles_up_to_the_cap()
    {
        TimeSpan[] ceilings = [First, First * 2, First * 4, First * 8, First * 16, Cap, Cap];
        var largest = new TimeSpan[ceilings.Length];
        for (var seed = 0; seed < 2000; seed++)
        {
            var backoff = new Backoff(First, Cap, new Random(seed));
            for (var i = 0; i < ceilings.Length; i++)
            {
                var delay = backoff.Next();
                Assert.InRange(delay, TimeSpan.FromTicks(1), ceilings[i]);
                largest[i] = delay > largest[i] ? delay : largest[i];
            }
        }

        Assert.All(ceilings.Zip(largest), pair => Assert.True(pair.Second > pair.First * 0.95));
    }

    [Fact]
    public void After_a_success_it_starts_small_again()
    {
        var backoff = new Backoff(First, Cap, new Random(1));
        for (var i = 0; i < 100; i++)
            _ = backoff.Next();
        backoff.Reset();
        Assert.InRange(backoff.Next(), TimeSpan.Zero, First);
    }
}
