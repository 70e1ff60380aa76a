using OnionBalance.Split.InstanceAgent;
using static OnionBalance.Split.Tests.Unit.InstanceAgent.Samples;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

public sealed class SteadyClockTests
{
    [Fact]
    public void It_runs_on_evenly_when_the_machines_clock_is_set()
    {
        var machine = new SettableClock { UtcNow = Now };
        var clock = new SteadyClock(machine);
        Assert.Equal(Now, clock.Now);

        machine.Uptime += TimeSpan.FromSeconds(3);
        machine.UtcNow += TimeSpan.FromHours(-5);

        Assert.Equal(Now + TimeSpan.FromSeconds(3), clock.Now);
    }

    /// <summary>A machine whose clock can be set apart from the time that passes.</summary>
    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset UtcNow { get; set; }

        public TimeSpan Uptime { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => UtcNow;

        public override long GetTimestamp() => Uptime.Ticks;
    }
}
