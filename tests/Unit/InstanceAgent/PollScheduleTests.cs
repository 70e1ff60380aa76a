using OnionBalance.Split.InstanceAgent.Watching;
using static OnionBalance.Split.Tests.Unit.InstanceAgent.Samples;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

public sealed class PollScheduleTests
{
    private readonly PollSchedule _poll = new(Now);

    [Fact]
    public void The_first_reading_is_due_at_once() => Assert.Equal(Now, _poll.Next);

    [Fact]
    public void Without_events_tor_is_asked_once_a_second()
    {
        _poll.Polled(Now);

        Assert.Equal(Now + PollSchedule.SafetyNet, _poll.Next);
    }

    [Fact]
    public void After_an_event_tor_is_asked_at_once_and_then_often_for_a_while()
    {
        _poll.Polled(Now);
        var happened = Now + TimeSpan.FromSeconds(0.3);
        _poll.Trigger(happened);
        Assert.True(_poll.Next - happened <= TimeSpan.FromSeconds(0.1));

        _poll.Polled(happened);
        Assert.Equal(happened + PollSchedule.Often, _poll.Next);
        _poll.Polled(happened + PollSchedule.Alert);
        Assert.Equal(happened + PollSchedule.Alert + PollSchedule.SafetyNet, _poll.Next);
    }

    [Fact]
    public void A_flood_of_events_does_not_put_the_reading_off()
    {
        _poll.Polled(Now);
        for (var ms = 0; ms < 1000; ms += 10)
            _poll.Trigger(Now + TimeSpan.FromMilliseconds(ms));

        Assert.True(_poll.Next <= Now + TimeSpan.FromMilliseconds(100));
    }
}
