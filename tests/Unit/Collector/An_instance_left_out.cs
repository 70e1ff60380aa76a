using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class An_instance_left_out
{
    [Theory]
    [InlineData(SignRefusal.InstanceNotEnrolled, 60)]
    [InlineData(SignRefusal.EvidenceNotAuthentic, 60)]
    [InlineData(SignRefusal.EvidenceRevisionTooLow, 5)] // a newer one is on its way
    public void Is_tried_again_after_a_while(SignRefusal reason, int seconds)
    {
        var instance = Some.Address(1);
        var left = new LeftOutInstances();
        left.Add(instance, reason, Some.Now);
        Assert.Equal(Some.Now.AddSeconds(seconds), left.NextReturn);
        Assert.Equal([instance], left.At(Some.Now.AddSeconds(seconds - 1)));
        Assert.Empty(left.At(Some.Now.AddSeconds(seconds)));
        Assert.Equal(DateTimeOffset.MaxValue, left.NextReturn);
    }
    [Fact]
    public void Is_tried_the_later_the_more_there_are()
    {
        var left = new LeftOutInstances();
        for (byte instance = 1; instance <= 200; instance++)
            left.Add(Some.Address(instance), SignRefusal.InstanceNotEnrolled, Some.Now);
        for (var minute = 1; minute <= 120; minute++)
        {
            var now = Some.Now.AddMinutes(minute);
            var before = left.Count;
            left.At(now);
            Assert.InRange(before - left.Count, minute < 34 ? 6 : 0, 7);
        }
    }
}
