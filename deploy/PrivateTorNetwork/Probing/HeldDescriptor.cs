using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.PrivateTorNetwork.Probing;

/// <summary>What one HSDir holds for one of a service's two descriptors.</summary>
/// <param name="Scheduled">Which of the two, and its time period.</param>
/// <param name="Text">The descriptor as the HSDir sent it; empty without one.</param>
/// <param name="Problem">Why there is none; null when there is.</param>
public sealed record HeldDescriptor(ScheduledDescriptor Scheduled, HsDir HsDir, ReadOnlyMemory<byte> Text, string? Problem)
{
    public bool IsThere => Problem is null;
}
