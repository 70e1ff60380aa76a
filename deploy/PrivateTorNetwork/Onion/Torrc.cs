using System.Globalization;
using System.Text;

namespace OnionBalance.Split.PrivateTorNetwork.Onion;

/// <summary>Writes the torrc of each kind of tor in a private network. Pure.</summary>
internal static class Torrc
{
    /// <summary>What every tor of the network has.</summary>
    internal static StringBuilder Common(TorProcess tor, IEnumerable<string> dirAuthorities, int ownerProcessId, PrivateNetworkOptions options)
    {
        var text = new StringBuilder()
            .Line("TestingTorNetwork 1")
            .Line($"DataDirectory {tor.DataDirectory}")
            .Line($"Log {options.LogSeverity} file {tor.LogFile}")
            .Line("SafeLogging 0")
            .Line($"ControlPort {tor.ControlEndpoint}")
            .Line("CookieAuthentication 1")
            .Line($"CookieAuthFile {tor.CookieFile}")
            // A second net under the pipe that GuardedProcess watches: tor itself looks every 15 s whether the owner lives.
            .Line($"__OwningControllerProcess {ownerProcessId}")
            .Line(tor.SocksPort == 0 ? "SocksPort 0" : $"SocksPort {tor.SocksEndpoint}")
            .Line("ShutdownWaitLength 0")
            .Line("GeoIPFile /dev/null")
            .Line("GeoIPv6File /dev/null")
            .Line("PathsNeededToBuildCircuits 0.67")
            // With a round every 10 s tor would make and compress diffs from hundreds of old consensuses, and half the machine with it.
            // But a relay has no consensus at all (404) once its newest is older than that, and clients then back off for minutes.
            .Line($"MaxConsensusAgeForDiffs {6 * (int)options.VotingInterval.TotalSeconds} seconds")
            // Sooner than tor's testing defaults, so that a fresh consensus is known in its own round.
            .Line("TestingClientConsensusDownloadInitialDelay 0")
            .Line("TestingClientDownloadInitialDelay 0")
            .Line("TestingServerConsensusDownloadInitialDelay 0")
            .Line("TestingServerDownloadInitialDelay 0")
            .Line("TestingDirConnectionMaxStall 10 seconds");
        foreach (var authority in dirAuthorities)
            text.Line($"DirAuthority {authority}");
        return text;
    }

    internal static StringBuilder Relay(this StringBuilder text, string nickname, int orPort) => text
        .Line($"Nickname {nickname}")
        .Line("Address 127.0.0.1")
        .Line($"ORPort 127.0.0.1:{orPort}")
        .Line("AssumeReachable 1")
        .Line("ExitRelay 0")
        .Line("ContactInfo private-network@localhost.invalid")
        .Line("NumCPUs 1");

    internal static StringBuilder Authority(this StringBuilder text, int dirPort, string bandwidthFile, PrivateNetworkOptions options)
    {
        var interval = (int)options.VotingInterval.TotalSeconds;
        text.Line($"DirPort 127.0.0.1:{dirPort}")
            .Line("AuthoritativeDirectory 1")
            .Line("V3AuthoritativeDirectory 1")
            .Line($"V3AuthVotingInterval {interval} seconds")
            .Line("V3AuthVoteDelay 2 seconds")
            .Line("V3AuthDistDelay 2 seconds")
            .Line($"TestingV3AuthInitialVotingInterval {InitialInterval(interval)} seconds")
            .Line("TestingV3AuthInitialVoteDelay 2 seconds")
            .Line("TestingV3AuthInitialDistDelay 2 seconds")
            .Line("TestingAuthDirTimeToLearnReachability 0")
            .Line("TestingDirAuthVoteGuard *")
            .Line("TestingDirAuthVoteHSDir *")
            .Line("TestingMinExitFlagThreshold 0")
            .Line("MinUptimeHidServDirectoryV2 0 seconds")
            // Without equal measured bandwidths some networks never get past bootstrap 95 %.
            .Line($"V3BandwidthsFile {bandwidthFile}");
        if (!options.ConsensusParameters.IsEmpty)
            text.Line($"ConsensusParams {string.Join(' ', options.ConsensusParameters.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value}")))}");
        return text;
    }

    internal static StringBuilder OnionService(this StringBuilder text, string folder, int webPort, int introductionPoints, bool isInstance)
    {
        text.Line($"HiddenServiceDir {folder}")
            .Line("HiddenServiceVersion 3")
            .Line($"HiddenServicePort 80 127.0.0.1:{webPort}")
            .Line($"HiddenServiceNumIntroductionPoints {introductionPoints}");
        if (isInstance)
            text.Line("HiddenServiceOnionBalanceInstance 1");
        return text;
    }

    internal static StringBuilder Line(this StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    internal static StringBuilder Line(this StringBuilder text, string line) => text.Append(line).Append('\n');

    // tor wants the first rounds' length to divide half an hour.
    private static int InitialInterval(int interval) => 1800 % interval == 0 ? interval : 10;
}
