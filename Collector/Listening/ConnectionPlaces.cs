using Microsoft.AspNetCore.Connections;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>
/// Places for so many connections of a kind. Who comes when all are taken has the place of the oldest: of strangers who say
/// nothing while others show their certificates, and of a peer's own connections, of which only the newest are of use.
/// </summary>
internal sealed class ConnectionPlaces(int most)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<ConnectionContext> _taken = [];
    private bool _wereShort;

    /// <summary>True when it is the first that another had to make way for.</summary>
    internal bool Take(ConnectionContext connection)
    {
        ConnectionContext? oldest = null;
        bool isFirst;
        lock (_gate)
        {
            if (_taken.Count == most)
            {
                oldest = _taken.First!.Value;
                _taken.RemoveFirst();
            }

            _taken.AddLast(connection);
            isFirst = oldest is not null && !_wereShort;
            _wereShort |= isFirst;
        }

        oldest?.Abort(new ConnectionAbortedException("others wait for its place"));
        return isFirst;
    }

    /// <summary>Nothing when it has lost it already.</summary>
    internal void Leave(ConnectionContext connection)
    {
        lock (_gate)
            _taken.Remove(connection);
    }
}
