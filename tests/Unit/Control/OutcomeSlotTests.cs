using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Outcomes;

namespace OnionBalance.Split.Tests.Unit.Control;

public sealed class OutcomeSlotTests
{
    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly OutcomeSlot<string> _slot = new((_, later) => later);

    [Fact]
    public async Task An_outcome_that_came_before_the_wait_counts()
    {
        _slot.Begin("descriptor");
        _slot.Report("uploaded");
        Assert.Equal((true, "uploaded"), await _slot.WaitAsync(TenSeconds, _time, default));
        Assert.Equal(0, _slot.Users);
        Assert.True(_slot.IsIdle);
    }

    [Fact]
    public async Task No_outcome_in_time_is_said_so()
    {
        Assert.False((await TimedOutAsync()).Came);
        Assert.False(_slot.IsIdle);
    }

    [Fact]
    public async Task An_outcome_that_comes_late_is_not_taken_for_the_next()
    {
        await TimedOutAsync();
        _slot.Report("of the first");
        Assert.Null(_slot.Begin("another descriptor"));
        var second = _slot.WaitAsync(TenSeconds, _time, default);
        Assert.False(second.IsCompleted);
        _slot.Report("of the second");
        Assert.Equal((true, "of the second"), await second);
    }

    [Fact]
    public async Task An_outcome_that_comes_late_is_given_to_a_retry_of_the_same()
    {
        await TimedOutAsync();
        await TimedOutAsync();
        _slot.Report("of the first or the second");
        Assert.Equal("of the first or the second", _slot.Begin("descriptor"));
    }

    [Fact]
    public async Task But_not_when_something_else_was_sent_between()
    {
        await TimedOutAsync();
        Assert.Null(_slot.Begin("another descriptor"));
        _slot.Report("of whichever");
        Assert.Null(_slot.Begin("descriptor"));
    }

    [Fact]
    public async Task With_an_earlier_request_unanswered_the_later_outcome_counts()
    {
        await TimedOutAsync();
        _slot.Begin("descriptor");
        var second = _slot.WaitAsync(TenSeconds, _time, default);
        _slot.Report("of the first");
        _slot.Report("of the second");
        Assert.Equal((true, "of the second"), await second);
    }

    [Theory]
    [InlineData(UploadStatus.Accepted, UploadStatus.Accepted, UploadStatus.Accepted)]
    [InlineData(UploadStatus.Accepted, UploadStatus.Rejected, UploadStatus.Accepted)]
    [InlineData(UploadStatus.Rejected, UploadStatus.Accepted, UploadStatus.Accepted)]
    [InlineData(UploadStatus.Rejected, UploadStatus.Rejected, UploadStatus.Rejected)]
    [InlineData(UploadStatus.Accepted, UploadStatus.Failed, UploadStatus.Failed)]
    [InlineData(UploadStatus.Failed, UploadStatus.Accepted, UploadStatus.Failed)]
    public void Two_uploads_whose_outcomes_cannot_be_told_apart(UploadStatus first, UploadStatus later, UploadStatus expected)
    {
        Assert.Equal(expected, DescriptorUploader.Together(new UploadOutcome(first, ""), new UploadOutcome(later, "")).Status);
    }

    [Fact]
    public async Task An_earlier_request_that_never_ends_costs_one_second_once()
    {
        await TimedOutAsync();
        _slot.Begin("descriptor");
        _slot.Report("of the second");
        // The report came after Begin, so it may be either's.
        var second = _slot.WaitAsync(TenSeconds, _time, default);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((true, "of the second"), await second);
        Assert.True(_slot.IsIdle);
    }

    [Fact]
    public async Task The_end_of_the_connection_ends_the_wait()
    {
        _slot.Begin("descriptor");
        var wait = _slot.WaitAsync(TenSeconds, _time, default);
        _slot.Fail(new ControlException(ControlFault.ConnectionLost, "gone"));
        Assert.Equal("gone", (await Assert.ThrowsAsync<ControlException>(() => wait)).Message);
    }

    private async Task<(bool Came, string? Outcome)> TimedOutAsync()
    {
        _slot.Begin("descriptor");
        var first = _slot.WaitAsync(TenSeconds, _time, default);
        _time.Advance(TenSeconds);
        return await first;
    }
}
