using OnionBalance.Split.PrivateTorNetwork.Onion;

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
        using var dialogue = await ControlDialogue.OpenAsync(client, ct).ConfigureAwait(false);
        await dialogue.AskAsync("SETEVENTS SIGNAL", ct).ConfigureAwait(false);
        await dialogue.AskAsync("SIGNAL NEWNYM", ct).ConfigureAwait(false);
        await dialogue.EventAsync(line => line.StartsWith("SIGNAL NEWNYM", StringComparison.Ordinal), ct).ConfigureAwait(false);
    }
}
