using System.Text;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.PrivateTorNetwork.Probing;

/// <summary>What a client remembers of onion services.</summary>
public static class ClientMemory
{
    /// <summary>
    /// SIGNAL NEWNYM: the client drops the descriptors it holds and its circuits. tor does so at most once in 10 s and delays
    /// the rest; this waits until it was done.
    /// </summary>
    public static async Task ForgetAsync(TorProcess client, CancellationToken ct = default)
    {
        var control = await client.ConnectAsync(ct).ConfigureAwait(false);
        await using var closing = control.ConfigureAwait(false);
        var signals = await control.SubscribeAsync(["SIGNAL"], ct).ConfigureAwait(false);
        await control.SendAsync("SIGNAL NEWNYM", ct).ConfigureAwait(false);
        await foreach (var signal in signals.Events.ReadAllAsync(ct).ConfigureAwait(false))
        {
            if (signal.Arguments.StartsWith("NEWNYM", StringComparison.Ordinal))
                return;
        }
    }

    /// <summary>The descriptor of a service as the client holds it; null when it holds none.</summary>
    public static async Task<ReadOnlyMemory<byte>?> HeldAsync(TorProcess client, OnionAddress address, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        var control = await client.ConnectAsync(ct).ConfigureAwait(false);
        await using var closing = control.ConfigureAwait(false);
        try
        {
            return Encoding.ASCII.GetBytes(await control.GetInfoAsync($"hs/client/desc/id/{address.Label}", ct).ConfigureAwait(false));
        }
        catch (ControlException)
        {
            return null;
        }
    }
}
