using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class A_redial
{
    private static readonly TimeSpan _last = TimeSpan.FromMilliseconds(500);

    private readonly FakeTimeProvider _time = new();
    private readonly Redial _redial;

    public A_redial() => _redial = new Redial(TimeSpan.FromMilliseconds(100), _last, _time, new Random(7));

    [Fact]
    public void Is_soon_as_long_as_the_peer_is_not_reached_and_after_a_stream_broke()
    {
        for (var i = 0; i < 1000; i++)
            Assert.InRange(_redial.Next(i % 2 == 0 ? null : _time.GetTimestamp(), byPeer: false), TimeSpan.FromTicks(1), _last);
        Assert.Equal(0, _redial.TurnedAway);
    }

    [Fact]
    public void Comes_later_and_later_while_the_peer_ends_every_stream()
    {
        var waited = Enumerable.Range(0, 200).Select(_ => _redial.Next(_time.GetTimestamp(), byPeer: true)).ToArray();
        Assert.All(waited, wait => Assert.InRange(wait, TimeSpan.FromTicks(1), Redial.Longest));
        Assert.True(waited.Max() > Redial.Longest * 0.9);
        Assert.Equal(200, _redial.TurnedAway);
    }

    [Fact]
    public void A_stream_that_lived_for_a_moment_does_not_end_the_row_and_one_that_lasted_does()
    {
        for (var i = 0; i < 20; i++)
        {
            var taken = _time.GetTimestamp();
            _time.Advance(Redial.Longest);
            _redial.Next(taken, byPeer: true);
        }

        Assert.True(_redial.IsRow);
        var lasting = _time.GetTimestamp();
        _time.Advance(Redial.Settled);
        Assert.InRange(_redial.Next(lasting, byPeer: true), TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(100));
        Assert.False(_redial.IsRow);
    }
}
