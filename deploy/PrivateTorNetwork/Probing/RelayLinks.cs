using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.PrivateTorNetwork.Probing;

/// <summary>The connections between the relays of a private network: unlike the public network's, most are idle most of the time.</summary>
public static class RelayLinks
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    /// <summary>Makes a circuit over every relay to every other, and closes it: a cell for each link.</summary>
    /// <remarks>
    /// Of the DESTROY cells that are due at one time on one link, C tor sends the first and keeps the others until the link has other
    /// traffic (circuitmux_append_destroy_cell). So the introduction circuits of a tor that was killed can live on for a
    /// minute at a relay, which says ACK to clients that introduce themselves there.
    /// </remarks>
    public static async Task StirAsync(PrivateNetwork network, TorProcess client, CancellationToken ct = default)
    {
        var control = await client.ConnectAsync(ct).ConfigureAwait(false);
        await using var closing = control.ConfigureAwait(false);
        var circuits = new HashSet<string>();
        foreach (var (first, second) in from first in network.Relays from second in network.Relays where first != second select (first, second))
        {
            var reply = await control.SendAsync($"EXTENDCIRCUIT 0 ${first.Fingerprint},${second.Fingerprint}", ct).ConfigureAwait(false);
            if (reply.IsOk)
                circuits.Add(reply.Text.Split(' ')[^1]);
        }

        var started = network.Time.GetTimestamp();
        while (network.Time.GetElapsedTime(started) < _patience)
        {
            var status = await control.GetInfoAsync("circuit-status", ct).ConfigureAwait(false);
            if (!status.Split('\n').Any(line => CircuitEvent.TryParse(line, out var circuit) && circuits.Contains(circuit.Id) && circuit.Status != "BUILT"))
                break;
            await Task.Delay(_pause, network.Time, ct).ConfigureAwait(false);
        }

        foreach (var circuit in circuits)
            await control.SendAsync($"CLOSECIRCUIT {circuit}", ct).ConfigureAwait(false);
    }
}
