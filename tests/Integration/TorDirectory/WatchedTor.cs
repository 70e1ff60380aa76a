using System.Threading.Channels;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Integration.TorDirectory;

/// <summary>What a tor does with descriptors, each event with the consensus it held then.</summary>
internal sealed class WatchedTor : IAsyncDisposable
{
    private readonly EventSubscription _events;
    private readonly ConsensusReader _reader = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;

    private WatchedTor(ControlConnection connection, EventSubscription events)
    {
        Connection = connection;
        _events = events;
        _following = FollowAsync();
    }

    internal ControlConnection Connection { get; }

    /// <summary>Every consensus so far, oldest first.</summary>
    internal List<Consensus> Consensuses { get; } = [];

    internal ChannelReader<ControlEvent> Events => _events.Events;

    internal static async Task<WatchedTor> ConnectAsync(TorProcess tor, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var connection = await tor.ConnectAsync(ct);
                return new WatchedTor(connection, await connection.SubscribeAsync([HsDescEvent.Keyword], ct));
            }
            catch (ControlException)
            {
                // A tor that is just starting does not listen yet.
                await Task.Delay(50, ct);
            }
        }
    }

    /// <summary>The consensus held now, then the one before: an event may be older than the latest.</summary>
    internal async Task<IReadOnlyList<Consensus>> RecentConsensusesAsync(CancellationToken ct)
    {
        var now = await _reader.ReadAsync(Connection, ct);
        Assert.NotNull(now);
        Assert.True(now.ValidUntil > TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(2), $"tor got no consensus after that of {now.ValidAfter:HH:mm:ss}");
        lock (Consensuses)
            return [now, .. Consensuses.AsEnumerable().Reverse().Where(consensus => consensus.ValidAfter < now.ValidAfter).Take(1)];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        await _events.DisposeAsync();
        await Connection.DisposeAsync();
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            await foreach (var consensus in new ConsensusReader().FollowAsync(Connection, _stop.Token))
            {
                lock (Consensuses)
                    Consensuses.Add(consensus);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }
}
