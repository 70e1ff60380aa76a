using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Rpc;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class A_link_teller
{
    private static readonly LinkFault Down = new("connection refused", IsByPeer: false);
    private static readonly LinkFault Ended = new("it ended the stream", IsByPeer: true);

    private readonly FakeTimeProvider _time = new();
    private readonly Redial _redial;
    private readonly LinkTeller _teller;

    public A_link_teller()
    {
        _redial = new Redial(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), _time, new Random(7));
        _teller = new LinkTeller(_redial);
    }

    [Fact]
    public void Tells_once_that_a_peer_is_down_and_again_for_another_reason()
    {
        var told = Enumerable.Range(0, 1000).Select(_ => NewsOf(Down)).ToArray();
        Assert.Equal(LinkNews.NotConnected, told[0]);
        Assert.All(told[1..], news => Assert.Equal(LinkNews.None, news));
        Assert.Equal(LinkNews.NotConnected, NewsOf(new LinkFault("no route to host", IsByPeer: false)));
    }

    [Fact]
    public void Tells_each_end_of_a_stream_that_the_peer_had_taken()
    {
        Assert.Equal(LinkNews.NotConnected, NewsOf(Down, TimeSpan.Zero));
        Assert.Equal(LinkNews.NotConnected, NewsOf(Down, TimeSpan.Zero));
        Assert.Equal(LinkNews.None, NewsOf(Down));
    }

    [Fact]
    public void Tells_in_two_lines_of_a_peer_that_ends_every_stream_until_one_has_lasted()
    {
        var told = Enumerable.Range(0, 100).Select(_ => NewsOf(Ended, TimeSpan.Zero)).ToArray();
        Assert.Equal([LinkNews.NotConnected, LinkNews.TurnedAway], told[..2]);
        Assert.All(told[2..], news => Assert.Equal(LinkNews.None, news));
        Assert.Equal(LinkNews.NotConnected, NewsOf(Ended, Redial.Settled));
    }

    private LinkNews NewsOf(LinkFault fault, TimeSpan? taken = null)
    {
        long? since = taken is null ? null : _time.GetTimestamp();
        _time.Advance(taken ?? TimeSpan.Zero);
        _redial.Next(since, fault.IsByPeer);
        return _teller.NewsOf(fault, taken is not null);
    }
}
