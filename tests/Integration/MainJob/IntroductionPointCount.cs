using System.Globalization;
using System.Text.RegularExpressions;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Processes;

namespace OnionBalance.Split.Tests.Integration.MainJob;

internal static partial class IntroductionPointCount
{
    /// <summary>As an operator does it: a new number in the torrc, and SIGHUP. tor keeps the points it has and adds what lacks.</summary>
    internal static async Task SetAsync(TorProcess tor, int points)
    {
        var torrc = await File.ReadAllTextAsync(tor.TorrcFile);
        await File.WriteAllTextAsync(tor.TorrcFile, Configured().Replace(torrc, points.ToString(CultureInfo.InvariantCulture)));
        tor.Signal(Signal.Hangup);
    }

    [GeneratedRegex("(?<=HiddenServiceNumIntroductionPoints )[0-9]+")]
    private static partial Regex Configured();
}
