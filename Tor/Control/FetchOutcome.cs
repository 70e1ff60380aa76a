namespace OnionBalance.Split.Tor.Control;

public enum FetchStatus
{
    /// <summary>The HSDir sent something. tor has not verified it: the reader must.</summary>
    Found,

    /// <summary>The HSDir has none, or tor got none from it.</summary>
    NotFound,

    /// <summary>tor would not ask: it knows no such relay, say.</summary>
    Refused,

    /// <summary>No outcome in time.</summary>
    TimedOut,
}

/// <summary>What came of one fetch.</summary>
/// <param name="Descriptor">Empty unless found.</param>
/// <param name="Reason">tor's REASON or reply, for a person; empty when found.</param>
/// <param name="HsDir">The fingerprint of the HSDir that answered, where known.</param>
public sealed record FetchOutcome(FetchStatus Status, ReadOnlyMemory<byte> Descriptor, string Reason, string? HsDir);
