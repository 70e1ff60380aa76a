using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Network;

/// <summary>
/// How long a time period and a voting interval are in the network of the last consensus, kept in the state directory: what
/// the verbs need to know of the network while no tor runs. One line, "3600s/1440m".
/// </summary>
internal sealed class NetworkTimingFile(string stateDirectory)
{
    internal const string Expected = "public, or VOTING_INTERVAL/PERIOD of another network such as 10s/4m";

    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(24);

    private readonly string _path = Path.Combine(stateDirectory, "network");
    private NetworkTiming? _written;

    /// <exception cref="IOException">It cannot be written.</exception>
    internal void Write(NetworkTiming timing)
    {
        if (timing == _written)
            return;
        if (!TryRead(out var before) || before != timing)
            AtomicFile.Write(_path, Encoding.ASCII.GetBytes(Format(timing) + "\n"));
        _written = timing;
    }

    internal bool TryRead([NotNullWhen(true)] out NetworkTiming? timing)
    {
        timing = null;
        try
        {
            return File.Exists(_path) && TryParse(File.ReadAllText(_path).TrimEnd('\n'), out timing);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    internal static bool TryParse(string text, [NotNullWhen(true)] out NetworkTiming? timing)
    {
        timing = text == "public" ? NetworkTiming.Public : null;
        return timing is not null
            || (text.Split('/') is [var interval, var period]
                && DurationText.TryParse(interval, out var votingInterval)
                && DurationText.TryParse(period, out var length)
                && length <= LongestPeriod
                && length.Ticks % TimeSpan.TicksPerMinute == 0
                && NetworkTiming.TryCreate(votingInterval, (uint)length.TotalMinutes, out timing));
    }

    internal static string Format(NetworkTiming timing) =>
        string.Create(CultureInfo.InvariantCulture, $"{timing.VotingInterval.TotalSeconds:0}s/{timing.PeriodLengthMinutes}m");
}
