using System.Collections.Immutable;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>The standing introduction circuits of one service, and the relays they end at, as tor's events tell.</summary>
internal sealed class IntroductionCircuits(OnionAddress address)
{
    /// <summary>tor opens a handful; more than this is not one service's.</summary>
    private const int MaxCircuits = 1024;

    /// <summary>The relay's fingerprint by circuit id; empty where the event named none.</summary>
    private readonly Dictionary<string, string> _established = [];

    public bool Any => _established.Count > 0;

    /// <summary>True when the event is about an introduction circuit of this service: something changes, or is about to.</summary>
    public bool Apply(CircuitEvent happened)
    {
        // A circuit that ends, or takes another purpose, may no longer say whose it was: its id does.
        if (!happened.IsEstablishedIntroduction || happened.RendQuery != address.Label)
            return _established.Remove(happened.Id) || (happened.IsServiceIntroduction && happened.RendQuery == address.Label);
        return _established.Count < MaxCircuits && _established.TryAdd(happened.Id, happened.LastRelay ?? "");
    }

    public void Clear() => _established.Clear();

    /// <summary>
    /// True when a circuit stands to the relay of one of the descriptor's points. Where a name is missing on either side,
    /// any standing circuit is good enough.
    /// </summary>
    public bool Carry(ObservedDescriptor descriptor)
    {
        if (!Any)
            return false;
        ImmutableHashSet<string> relays = [.. _established.Values];
        return relays.Contains("")
            || descriptor.Points.Any(p => p.RelayFingerprint is not { } relay || relays.Contains(relay));
    }
}
