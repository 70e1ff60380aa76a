using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting.Daemon;

/// <summary>What the daemon tells systemd (sd_notify(3)); nothing happens when systemd did not start it.</summary>
internal sealed partial class ServiceManager(ISystemdNotifier notifier, TimeProvider time, ILogger logger)
{
    private const long MicrosecondsPerSecond = 1_000_000;

    public void Ready() => Tell("READY=1");

    /// <summary>MONOTONIC_USEC is what Type=notify-reload matches a reload with.</summary>
    public void Reloading() => Tell($"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds(time).ToString(CultureInfo.InvariantCulture)}");

    public void Stopping() => Tell("STOPPING=1");

    /// <summary>Pings the watchdog at half its interval for as long as <paramref name="isLive"/> says so.</summary>
    public async Task WatchAsync(Func<bool> isLive, CancellationToken stop)
    {
        if (!notifier.IsEnabled || WatchdogInterval() is not { } interval)
            return;
        using var timer = new PeriodicTimer(interval / 2, time);
        var wasLive = true;
        do
        {
            var live = isLive();
            if (live)
                Tell("WATCHDOG=1");
            else if (wasLive)
                LogNotLive();
            wasLive = live;
        }
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
    }

    /// <summary>On Linux the system's timestamps are CLOCK_MONOTONIC, the clock that systemd means.</summary>
    internal static long MonotonicMicroseconds(TimeProvider time) =>
        (long)((Int128)time.GetTimestamp() * MicrosecondsPerSecond / time.TimestampFrequency);

    private static TimeSpan? WatchdogInterval()
    {
        var forProcess = Environment.GetEnvironmentVariable("WATCHDOG_PID");
        var isForUs = string.IsNullOrEmpty(forProcess) || forProcess == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return isForUs
            && long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds is > 0 and < 86_400 * MicrosecondsPerSecond
            ? TimeSpan.FromMicroseconds(microseconds)
            : null;
    }

    private void Tell(string state)
    {
        try
        {
            notifier.Notify(new ServiceState(state));
        }
        catch (SocketException exception)
        {
            LogNotTold(exception.Message);
        }
    }
}
