using System.Text.RegularExpressions;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.PrivateTorNetwork.Onion;

/// <summary>Asks the tors themselves, over their control ports, how far they are.</summary>
internal sealed partial class Readiness(TimeProvider time, IProgress<PrivateNetworkProgress>? progress)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan _nudge = TimeSpan.FromSeconds(4);

    /// <summary>The last step that was reported, for an error message.</summary>
    internal string Last { get; private set; } = "nothing was started";

    /// <summary>Until the consensus has every relay as an HSDir and every tor is at 100 %.</summary>
    internal async Task WaitForNetworkAsync(PrivateNetwork network, CancellationToken ct)
    {
        Report("Waiting for the authorities' first consensus", 0.1);
        int flagged;
        while ((flagged = await CountHsDirsAsync(network, ct).ConfigureAwait(false)) < network.Relays.Length)
        {
            Report(
                flagged == 0 ? "Waiting for the authorities' first consensus" : $"The consensus lists {flagged} of {network.Relays.Length} relays as HSDirs",
                0.1 + (0.4 * flagged / network.Relays.Length));
            await Task.Delay(_pause, time, ct).ConfigureAwait(false);
        }

        TorProcess[] tors = [.. network.Authorities, .. network.Relays.Select(relay => relay.Tor)];
        var done = 0;
        await Task.WhenAll(tors.Select(async tor =>
        {
            await HurryAsync(tor, ct).ConfigureAwait(false);
            Report($"{Interlocked.Increment(ref done)} of {tors.Length} tors are fully bootstrapped", 0.5 + (0.5 * done / tors.Length));
        })).ConfigureAwait(false);
        Report("The private network is usable", 1);
    }

    /// <summary>Until this tor says 100 % and that it can build circuits.</summary>
    internal async Task WaitForTorAsync(TorProcess tor, CancellationToken ct)
    {
        while (!await IsBootstrappedAsync(tor, ct).ConfigureAwait(false))
            await Task.Delay(_pause, time, ct).ConfigureAwait(false);
    }

    // A tor that asked for the consensus in vain backs off for many seconds; a SIGHUP has it ask at once.
    private async Task HurryAsync(TorProcess tor, CancellationToken ct)
    {
        var asked = time.GetTimestamp() - (time.TimestampFrequency * 60);
        while (!await IsBootstrappedAsync(tor, ct).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(asked) > _nudge)
            {
                tor.Signal(Processes.Signal.Hangup);
                asked = time.GetTimestamp();
            }

            await Task.Delay(_pause, time, ct).ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsBootstrappedAsync(TorProcess tor, CancellationToken ct) =>
        await TryAskAsync(tor, "status/bootstrap-phase", ct).ConfigureAwait(false) is { } phase && phase.Contains("PROGRESS=100 ", StringComparison.Ordinal);

    private static async Task<int> CountHsDirsAsync(PrivateNetwork network, CancellationToken ct)
    {
        var entries = await TryAskAsync(network.Authorities[0], "ns/all", ct).ConfigureAwait(false) ?? "";
        return Nicknames().Matches(entries).Count(match =>
            network.Relays.Any(relay => relay.Tor.Name == match.Groups["name"].Value) && match.Groups["flags"].Value.Split(' ').Contains("HSDir"));
    }

    // A tor that does not answer yet is normal for its first half second; one that has ended will never answer.
    private static async Task<string?> TryAskAsync(TorProcess tor, string key, CancellationToken ct)
    {
        if (!tor.IsRunning)
            throw new PrivateNetworkException($"The tor {tor.Name} has ended. Its last words:\n{tor.LogTail()}");
        try
        {
            var control = await tor.ConnectAsync(ct).ConfigureAwait(false);
            await using var closing = control.ConfigureAwait(false);
            return await control.GetInfoAsync(key, ct).ConfigureAwait(false);
        }
        catch (ControlException)
        {
            return null;
        }
    }

    private void Report(string message, double share)
    {
        if (message == Last)
            return;
        Last = message;
        progress?.Report(new PrivateNetworkProgress(message, share));
    }

    [GeneratedRegex(@"^r (?<name>\S+) .*\n(a .*\n)*s (?<flags>.*)$", RegexOptions.Multiline)]
    private static partial Regex Nicknames();
}
