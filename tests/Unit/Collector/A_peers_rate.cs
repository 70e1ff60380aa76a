using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Collector.Listening;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class A_peers_rate
{
    private const int Burst = 200;
    private const int PerSecond = 20;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Lets_a_burst_pass_and_then_so_many_in_a_second()
    {
        var rate = new PeerRate(Burst, PerSecond, _time);
        for (var i = 0; i < Burst; i++)
            Assert.Equal(TimeSpan.Zero, rate.Spend());
        var waited = TimeSpan.Zero;
        for (var i = 0; i < PerSecond; i++)
        {
            var wait = rate.Spend();
            _time.Advance(wait);
            waited += wait;
        }

        Assert.Equal(1, waited.TotalSeconds, 0.01);
    }

    /// <summary>Else the last of a flood would be waited for by an agent that comes back to a backend put in order.</summary>
    [Fact]
    public void Forgives_what_nobody_waited_for()
    {
        var rate = new PeerRate(Burst, PerSecond, _time);
        for (var i = 0; i < 100_000; i++)
            rate.Spend();
        Assert.Equal(TimeSpan.FromSeconds(10), rate.Spend());
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(TimeSpan.Zero, rate.Spend());
    }
}
