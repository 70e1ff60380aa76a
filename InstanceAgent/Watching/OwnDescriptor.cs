using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>Reads and verifies the bytes that tor gives for an instance's own descriptor.</summary>
internal static class OwnDescriptor
{
    public static bool TryRead(
        ReadOnlyMemory<byte> text,
        OnionAddress address,
        PeriodClock clock,
        DateTimeOffset now,
        out ObservedDescriptor? observed,
        out DescriptorFault fault)
    {
        // tor may be a consensus ahead of what was last read from it.
        ReadOnlySpan<TimePeriod> periods = [clock.First, clock.Second, clock.Second.Next, clock.First.Previous];
        observed = DescriptorReader.TryRead(text.Span, address.PublicKey, periods, now, null, out var descriptor, out fault)
            ? ObservedDescriptor.From(descriptor, text)
            : null;
        return observed is not null;
    }
}
