using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tests.Functional.Control;

public sealed class EventTests : IAsyncLifetime
{
    private TorUnderTest _tor = null!;

    public async Task InitializeAsync() => _tor = await TorUnderTest.StartAsync();

    public async Task DisposeAsync() => await _tor.DisposeAsync();

    [Fact]
    public async Task Each_subscription_gets_what_it_asked_for()
    {
        await using var connection = await _tor.ConnectAsync();
        await using var first = await connection.SubscribeAsync(["CONF_CHANGED"], CancellationToken.None);
        await using var second = await connection.SubscribeAsync(["CONF_CHANGED", "CIRC"], CancellationToken.None);
        await using var third = await connection.SubscribeAsync(["CIRC"], CancellationToken.None);

        await ChangeAsync(connection, 700);
        Assert.Contains("MaxCircuitDirtiness=700", (await NextAsync(first)).FurtherLines);
        Assert.Contains("MaxCircuitDirtiness=700", (await NextAsync(second)).FurtherLines);
        Assert.False(third.Events.TryRead(out _));

        await second.DisposeAsync();
        await ChangeAsync(connection, 701);
        Assert.Contains("MaxCircuitDirtiness=701", (await NextAsync(first)).FurtherLines);
        Assert.False(second.Events.TryRead(out _));
        await second.Events.Completion;
    }

    [Fact]
    public async Task An_unknown_event_is_refused_and_the_others_go_on()
    {
        await using var connection = await _tor.ConnectAsync();
        await using var subscription = await connection.SubscribeAsync(["CONF_CHANGED"], CancellationToken.None);
        var e = await Assert.ThrowsAsync<ControlException>(() => connection.SubscribeAsync(["FROB"], CancellationToken.None));
        Assert.Equal((ControlFault.Refused, 552), (e.Fault, e.Reply!.Code));
        await using var another = await connection.SubscribeAsync(["CIRC"], CancellationToken.None);
        await ChangeAsync(connection, 702);
        Assert.Equal("CONF_CHANGED", (await NextAsync(subscription)).Keyword);
    }

    [Fact]
    public async Task A_slow_reader_loses_the_oldest_and_can_see_that()
    {
        await using var connection = await _tor.ConnectAsync(new ControlLimits { EventQueueLength = 5 });
        await using var slow = await connection.SubscribeAsync(["CONF_CHANGED"], CancellationToken.None);
        for (var i = 0; i < 20; i++)
            await ChangeAsync(connection, 800 + i);
        Assert.Equal(15, slow.Missed);
        Assert.Contains("MaxCircuitDirtiness=815", (await NextAsync(slow)).FurtherLines);
    }

    [Fact]
    public async Task Events_come_between_pipelined_replies()
    {
        await using var connection = await _tor.ConnectAsync();
        await using var subscription = await connection.SubscribeAsync(["CONF_CHANGED"], CancellationToken.None);
        var calls = Enumerable.Range(0, 500).Select(i => i % 5 == 0
            ? ChangeAsync(connection, 900 + (i / 5))
            : connection.GetInfoAsync("config/names", CancellationToken.None)).ToArray();
        await Task.WhenAll(calls);
        for (var i = 0; i < 100; i++)
            Assert.Contains($"MaxCircuitDirtiness={900 + i}", (await NextAsync(subscription)).FurtherLines);
    }

    private static async Task ChangeAsync(ControlConnection connection, int seconds) =>
        Assert.True((await connection.SendAsync($"SETCONF MaxCircuitDirtiness={seconds}", CancellationToken.None)).IsOk);

    private static async Task<ControlEvent> NextAsync(EventSubscription subscription)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await subscription.Events.ReadAsync(patience.Token);
    }
}
