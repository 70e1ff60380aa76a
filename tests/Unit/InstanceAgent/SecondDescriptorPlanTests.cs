using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using static OnionBalance.Split.Tests.Unit.InstanceAgent.Samples;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

public sealed class SecondDescriptorPlanTests
{
    private static readonly OnionAddress Instance = Address(1);

    /// <summary>Public network: the shared random value comes at 00:00, the period at 12:00.</summary>
    private static readonly PeriodClock Morning = Clock(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
    private static readonly PeriodClock Afternoon = Clock(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private readonly SecondDescriptorPlan _plan = new(Instance, Now);
    private ulong _revision;

    [Fact]
    public void Before_the_period_begins_there_is_nothing_to_fetch()
    {
        _plan.Consensus(Morning);

        Assert.False(_plan.IsDue(Now));
    }

    [Fact]
    public void When_the_period_begins_its_descriptor_is_fetched_at_once()
    {
        _plan.Consensus(Morning);
        _plan.Consensus(Afternoon);

        Assert.True(_plan.IsDue(Now));
        Assert.Equal(Afternoon.Second, _plan.Period);
        Assert.Null(_plan.Begin(Now).HsDir);
        Assert.False(_plan.IsDue(Now + TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void An_HSDir_that_has_just_taken_the_second_descriptor_is_asked_for_it()
    {
        _plan.Consensus(Afternoon);
        _plan.Fetched(_plan.Begin(Now), ++_revision, Now);

        Upload(Afternoon.Second, 1, 2, 3);
        Assert.False(_plan.IsDue(Now));
        Uploaded(2);

        Assert.True(_plan.IsDue(Now));
        Assert.Equal(Relay(2), _plan.Begin(Now).HsDir);
    }

    [Fact]
    public void A_round_of_uploads_is_fetched_at_its_first_answer_and_once_it_is_over()
    {
        _plan.Consensus(Afternoon);
        Upload(Afternoon.Second, 1, 2, 3);
        Uploaded(1);
        _plan.Fetched(_plan.Begin(Now), ++_revision, Now);

        Uploaded(2);
        Uploaded(3);
        Assert.False(_plan.IsDue(Now));
        Assert.True(_plan.IsDue(Now + TimeSpan.FromSeconds(1)));
        _plan.Fetched(_plan.Begin(Now + TimeSpan.FromSeconds(1)), ++_revision, Now);
        Assert.False(_plan.IsDue(Now + TimeSpan.FromHours(1)));

        Upload(Afternoon.Second, 1, 2, 3);
        Uploaded(3);
        Assert.True(_plan.IsDue(Now));
    }

    /// <summary>It may have answered for the first, and still hold the second of before tor's restart.</summary>
    [Fact]
    public void An_HSDir_that_takes_both_descriptors_is_not_trusted_at_its_first_answer()
    {
        _plan.Consensus(Afternoon);
        Upload(Afternoon.First, 1);
        Upload(Afternoon.Second, 1);
        Uploaded(1);
        var fetch = _plan.Begin(Now);
        Assert.Equal(Relay(1), fetch.HsDir);
        _plan.Fetched(fetch, ++_revision, Now);
        Assert.False(_plan.IsDue(Now));

        Uploaded(1);

        Assert.True(_plan.IsDue(Now + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void While_a_round_goes_on_an_HSDir_that_has_the_old_one_is_no_answer()
    {
        var soon = Now + TimeSpan.FromMilliseconds(300);
        _plan.Consensus(Afternoon);
        _plan.Fetched(_plan.Begin(Now), 7, Now);
        Assert.False(_plan.IsDue(soon));
        Upload(Afternoon.Second, 1, 2);
        Uploaded(1);
        Uploaded(2);
        var first = _plan.Begin(Now);
        _plan.Fetched(first, 7, Now);

        Assert.False(_plan.IsDue(Now));
        Assert.True(_plan.IsDue(soon));
        var second = _plan.Begin(soon);
        Assert.NotEqual(first.HsDir, second.HsDir);
        _plan.Fetched(second, 8, soon);
        Assert.False(_plan.IsDue(soon + TimeSpan.FromMilliseconds(300)));

        // Once more when the round is over.
        var over = Now + TimeSpan.FromSeconds(1);
        Assert.True(_plan.IsDue(over));
        _plan.Fetched(_plan.Begin(over), 8, over);
        Assert.False(_plan.IsDue(Now + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Uploads_of_the_first_descriptor_are_of_no_interest()
    {
        _plan.Consensus(Afternoon);
        _plan.Fetched(_plan.Begin(Now), ++_revision, Now);

        Upload(Afternoon.First, 1);
        Uploaded(1);

        Assert.False(_plan.IsDue(Now));
    }

    [Fact]
    public void HSDirs_heard_of_before_the_period_begins_are_remembered()
    {
        _plan.Consensus(Morning);
        Upload(Morning.Second, 4);
        Uploaded(4);
        Assert.False(_plan.IsDue(Now));

        _plan.Consensus(Afternoon);

        Assert.Equal(Morning.Second, Afternoon.Second);
        Assert.Equal(Relay(4), _plan.Begin(Now).HsDir);
    }

    [Fact]
    public void While_one_is_slow_two_others_are_asked_beside_it()
    {
        var pace = TimeSpan.FromMilliseconds(300);
        _plan.Consensus(Afternoon);
        Upload(Afternoon.Second, 1, 2, 3, 4);
        Uploaded(1);
        var first = _plan.Begin(Now);
        Assert.False(_plan.IsDue(Now + pace));

        Uploaded(2);
        Uploaded(3);
        Uploaded(4);
        Assert.False(_plan.IsDue(Now));
        Assert.True(_plan.IsDue(Now + pace));
        var second = _plan.Begin(Now + pace);
        Assert.False(_plan.IsDue(Now + pace));
        Assert.True(_plan.IsDue(Now + (2 * pace)));
        var third = _plan.Begin(Now + (2 * pace));

        Assert.Equal(3, new HashSet<string?> { first.HsDir, second.HsDir, third.HsDir }.Count);
        Assert.False(_plan.IsDue(Now + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void The_first_answer_serves_and_no_failure_beside_it_is_tried_again()
    {
        var later = Now + TimeSpan.FromHours(1);
        _plan.Consensus(Morning);
        Upload(Morning.Second, 1, 2);
        Uploaded(1);
        Uploaded(2);
        _plan.Consensus(Afternoon);
        var slow = _plan.Begin(Now);
        _plan.Fetched(_plan.Begin(Now), ++_revision, Now);
        Assert.False(_plan.IsDue(later));

        _plan.Failed(slow, Now);

        Assert.False(_plan.IsDue(later));
    }

    [Fact]
    public void An_answer_that_comes_late_is_none_for_the_next_round()
    {
        _plan.Consensus(Afternoon);
        var late = _plan.Begin(Now);
        Upload(Afternoon.Second, 1);
        Uploaded(1);

        _plan.Fetched(late, ++_revision, Now);

        Assert.True(_plan.IsDue(Now));
    }

    [Fact]
    public void A_failed_fetch_is_tried_again_at_another_HSDir_ever_more_slowly()
    {
        _plan.Consensus(Morning);
        Upload(Morning.Second, 1, 2);
        Uploaded(1);
        Uploaded(2);
        _plan.Consensus(Afternoon);
        var first = _plan.Begin(Now);
        _plan.Failed(first, Now);
        Assert.False(_plan.IsDue(Now + TimeSpan.FromSeconds(0.2)));
        Assert.True(_plan.IsDue(Now + TimeSpan.FromSeconds(0.3)));

        var second = _plan.Begin(Now);
        _plan.Failed(second, Now);

        Assert.NotEqual(first.HsDir, second.HsDir);
        Assert.False(_plan.IsDue(Now + TimeSpan.FromSeconds(0.5)));
        Assert.True(_plan.IsDue(Now + TimeSpan.FromSeconds(0.6)));
        for (var i = 0; i < 20; i++)
            _plan.Failed(_plan.Begin(Now), Now);
        Assert.False(_plan.IsDue(Now + TimeSpan.FromMinutes(4.9)));
        Assert.True(_plan.IsDue(Now + TimeSpan.FromMinutes(5)));
    }

    /// <summary>Such as of a service that tor no longer has: all HSDirs fail, side by side.</summary>
    [Fact]
    public void Failures_side_by_side_are_no_more_frequent()
    {
        _plan.Consensus(Morning);
        Upload(Morning.Second, 1, 2, 3, 4, 5, 6);
        foreach (var hsDir in new byte[] { 1, 2, 3, 4, 5, 6 })
            Uploaded(hsDir);
        _plan.Consensus(Afternoon);
        var running = new Queue<(SecondFetch Fetch, DateTimeOffset FailsAt)>();
        var begun = 0;
        for (var now = Now; now < Now + TimeSpan.FromHours(1); now += TimeSpan.FromSeconds(0.1))
        {
            while (running.TryPeek(out var first) && now >= first.FailsAt)
                _plan.Failed(running.Dequeue().Fetch, now);
            if (_plan.IsDue(now))
                running.Enqueue((_plan.Begin(now), now + TimeSpan.FromSeconds(0.5 + (0.1 * (begun++ % 4)))));
        }

        Assert.InRange(begun, 12, 30);
    }

    [Fact]
    public void After_the_rotation_what_failed_before_is_let_be()
    {
        _plan.Consensus(Afternoon);
        var fetch = _plan.Begin(Now);
        _plan.Consensus(Clock(new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero)));

        _plan.Failed(fetch, Now);

        Assert.False(_plan.IsDue(Now + TimeSpan.FromHours(1)));
    }

    private static PeriodClock Clock(DateTimeOffset validAfter)
    {
        Assert.True(PeriodClock.TryAt(validAfter, NetworkTiming.Public, out var clock));
        return clock;
    }

    private void Upload(TimePeriod period, params byte[] hsDirs)
    {
        var id = Convert.ToBase64String(Instance.PublicKey.Blind(period).Bytes.Span).TrimEnd('=');
        foreach (var hsDir in hsDirs)
            _plan.Happened(new HsDescEvent(HsDescAction.Upload, Instance.Label, Relay(hsDir), id, null, null), Now);
    }

    private void Uploaded(byte hsDir) =>
        _plan.Happened(new HsDescEvent(HsDescAction.Uploaded, Instance.Label, Relay(hsDir), null, null, null), Now);
}
