using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>One whole message off the wire: a reply or an event.</summary>
/// <param name="TooLarge">The reply was over its limit; only its first line is left.</param>
internal sealed record ControlMessage(ControlReply? Reply, ControlEvent? Event, bool TooLarge);
