using System.Collections.Concurrent;
using System.Collections.Immutable;
using OnionBalance.Split.Collector.Listening;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// The streams of the agents, one for each: after an agent's restart the old stream may look alive for a while, and must
/// not stand in the new one's way.
/// </summary>
internal sealed class AgentSessions(InstanceTable table, TimeProvider time)
{
    internal const int MessageBurst = 200;
    internal const int MessagesPerSecond = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, AgentSession> _sessions = [];
    private readonly ConcurrentDictionary<string, PeerRate> _rates = [];

    internal ImmutableArray<AgentSession> Snapshot
    {
        get
        {
            lock (_gate)
                return [.. _sessions.Values.OrderBy(session => session.Agent, StringComparer.Ordinal)];
        }
    }

    /// <summary>Outlives its streams: opening another is no way to send more.</summary>
    internal PeerRate RateOf(string agent) => _rates.GetOrAdd(agent, _ => new PeerRate(MessageBurst, MessagesPerSecond, time));

    internal AgentSession Attach(string agent, string software, IEnumerable<OnionAddress> wanted)
    {
        var enrolled = EnrolledFor(agent);
        var session = new AgentSession(agent, software, [.. wanted.Where(enrolled.Contains)], enrolled, time.GetUtcNow());
        lock (_gate)
        {
            if (_sessions.TryGetValue(agent, out var older))
                older.End("a newer connection of this agent has taken its place");
            _sessions[agent] = session;
        }

        // What it said before, over another stream, it is to say again.
        table.Unconfirm(enrolled);
        return session;
    }

    /// <param name="onPurpose">The agent said goodbye.</param>
    internal void Detach(AgentSession session, bool onPurpose)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(session.Agent, out var current) || current != session)
                return;
            _sessions.Remove(session.Agent);
        }

        if (!onPurpose)
        {
            table.Unconfirm(EnrolledFor(session.Agent));
            return;
        }

        foreach (var instance in EnrolledFor(session.Agent))
            table.Lose(instance, "its agent said goodbye");
    }

    /// <summary>An agent that is enrolled for other instances than it was told must be told again.</summary>
    internal void EndOutdated()
    {
        foreach (var session in Snapshot)
        {
            if (!EnrolledFor(session.Agent).SetEquals(session.EnrolledAtStart))
                session.End("the collector's configuration has changed: connect again");
        }
    }

    private ImmutableHashSet<OnionAddress> EnrolledFor(string agent) =>
        [.. table.Snapshot.Values.Where(record => record.Agent == agent).Select(record => record.Address)];
}
