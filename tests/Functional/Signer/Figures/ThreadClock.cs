using System.Runtime.InteropServices;

namespace OnionBalance.Split.Tests.Functional.Signer.Figures;

/// <summary>CPU time of this thread: what other programs do on the machine does not count.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Of one run of <paramref name="work"/>, the mean of many.</summary>
    public static TimeSpan Of(int times, Action work)
    {
        work();
        var before = Now();
        for (var i = 0; i < times; i++)
            work();
        return (Now() - before) / times;
    }

    private static TimeSpan Now()
    {
        Assert.Equal(0, clock_gettime(ThreadCpuTime, out var time));
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100);
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
