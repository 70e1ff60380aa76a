using System.Collections.Immutable;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.PrivateTorNetwork.Probing;

/// <summary>What one HSDir answered to a client that asked for a descriptor.</summary>
public sealed record HsDirAnswer(Relay HsDir, FetchOutcome Outcome)
{
    public bool HasDescriptor => Outcome.Status == FetchStatus.Found;

    /// <summary>The descriptor as the HSDir sent it; empty without one.</summary>
    public ReadOnlyMemory<byte> Descriptor => Outcome.Descriptor;
}

/// <summary>
/// Looks from outside at what the HSDirs hold: asks each by HSFETCH through a client's control port, for the descriptor
/// of the time period that clients use now.
/// </summary>
public sealed class HsDirProbe : IAsyncDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    private readonly ControlConnection _control;
    private readonly DescriptorFetcher _fetcher;

    private HsDirProbe(ControlConnection control, DescriptorFetcher fetcher)
    {
        _control = control;
        _fetcher = fetcher;
    }

    public static async Task<HsDirProbe> OpenAsync(TorProcess client, CancellationToken ct = default)
    {
        var control = await client.ConnectAsync(ct).ConfigureAwait(false);
        return new HsDirProbe(control, await DescriptorFetcher.CreateAsync(control, ct).ConfigureAwait(false));
    }

    /// <summary>Asks all of <paramref name="hsDirs"/> at once; the answers in their order.</summary>
    public async Task<ImmutableArray<HsDirAnswer>> AskAsync(OnionAddress address, IEnumerable<Relay> hsDirs, CancellationToken ct = default) =>
        [.. await Task.WhenAll(hsDirs.Select(async hsDir =>
            new HsDirAnswer(hsDir, await _fetcher.FetchAsync(address, hsDir.Fingerprint, _timeout, ct).ConfigureAwait(false)))).ConfigureAwait(false)];

    public async ValueTask DisposeAsync()
    {
        await _fetcher.DisposeAsync().ConfigureAwait(false);
        await _control.DisposeAsync().ConfigureAwait(false);
    }
}
