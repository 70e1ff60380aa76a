using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>
/// Keeps who dials much from keeping others out: all who have shown no certificate yet share some places, and each peer
/// has a few of its own.
/// </summary>
internal sealed partial class ConnectionGuard(ILogger<ConnectionGuard> logger)
{
    internal const int MostStrangers = 512;

    /// <summary>A peer needs one, and another while the one before is dead and not yet missed.</summary>
    internal const int MostOfOnePeer = 8;

    private readonly ConnectionPlaces _strangers = new(MostStrangers);
    private readonly ConcurrentDictionary<Caller, ConnectionPlaces> _peers = [];

    /// <summary>Around the handshake and all that follows.</summary>
    internal async Task BeforeTlsAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (_strangers.Take(connection))
            LogStrangers(MostStrangers);
        try
        {
            await next(connection);
        }
        finally
        {
            _strangers.Leave(connection);
        }
    }

    /// <summary>Around all that follows the handshake. There are no more peers than certificates of the operator's.</summary>
    internal async Task AfterTlsAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        _strangers.Leave(connection);
        if (connection.Features.Get<Caller>() is not { } caller)
            return;
        var places = _peers.GetOrAdd(caller, _ => new ConnectionPlaces(MostOfOnePeer));
        if (places.Take(connection))
            LogOfOnePeer(caller.Role, caller.Name, MostOfOnePeer);
        try
        {
            await next(connection);
        }
        finally
        {
            places.Leave(connection);
        }
    }

    /// <summary>Said once: who knocks must not be able to fill the log.</summary>
    [LoggerMessage(Level = LogLevel.Warning, Message = "More than {Most} connections at once have shown no certificate: from now on the oldest of them is closed for each new one. Somebody floods this port")]
    private partial void LogStrangers(int most);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Role} '{Name}' has more than {Most} connections: from now on its oldest is closed for each new one. Look at that host")]
    private partial void LogOfOnePeer(CallerRole role, string name, int most);
}
