using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Control.Events;

/// <summary>control-spec 4.1: an asynchronous "650" message, not yet typed.</summary>
/// <param name="Keyword">Such as CIRC or HS_DESC.</param>
/// <param name="Arguments">The rest of the first line.</param>
/// <param name="Data">The data block, dot-unstuffed, lines ended by LF; empty without one.</param>
/// <param name="FurtherLines">Middle lines of the "650-" form, as CONF_CHANGED has; the closing OK is left out.</param>
/// <param name="BodyDropped">The body was over the limit, or is one that nobody reads (NEWCONSENSUS).</param>
public sealed record ControlEvent(
    string Keyword,
    string Arguments,
    ReadOnlyMemory<byte> Data,
    ImmutableArray<string> FurtherLines,
    bool BodyDropped);
