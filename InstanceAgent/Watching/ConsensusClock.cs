using System.Globalization;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>
/// Which time periods are now, by two lines about tor's consensus. The agent needs no HSDirs, so it spares tor and
/// itself the megabytes of a consensus.
/// </summary>
internal static class ConsensusClock
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss";
    private const uint PublicPeriodMinutes = 1440;

    /// <summary>Null while tor has no consensus.</summary>
    public static async Task<PeriodClock?> ReadAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var validAfter = await connection.GetInfoAsync("consensus/valid-after", cancellationToken).ConfigureAwait(false);
            var freshUntil = await connection.GetInfoAsync("consensus/fresh-until", cancellationToken).ConfigureAwait(false);
            return TryParse(validAfter, freshUntil, out var clock) ? clock : null;
        }
        catch (ControlException e) when (e.Fault == ControlFault.Refused)
        {
            return null;
        }
    }

    internal static bool TryParse(string validAfter, string freshUntil, out PeriodClock? clock)
    {
        clock = null;
        if (!TryParse(validAfter, out var from) || !TryParse(freshUntil, out var until))
            return false;
        var interval = until - from;
        // hsdir_interval is not to be had without the whole consensus; it has had its default since there are v3 services,
        // and test networks take a shared-random run instead.
        var minutes = interval == NetworkTiming.Public.VotingInterval ? PublicPeriodMinutes : (uint)Math.Clamp((interval * 24).TotalMinutes, 0, uint.MaxValue);
        return NetworkTiming.TryCreate(interval, minutes, out var timing) && PeriodClock.TryAt(from, timing, out clock);
    }

    private static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(
            text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
