using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>
/// An instance's own descriptor of one time period, read and verified. tor encrypts it anew at every reading, so what it
/// says is compared, never its bytes.
/// </summary>
internal sealed class ObservedDescriptor(
    TimePeriod period, ulong revisionCounter, ImmutableHashSet<IntroductionPoint> points, ReadOnlyMemory<byte> text)
{
    public TimePeriod Period { get; } = period;

    public ulong RevisionCounter { get; } = revisionCounter;

    public ImmutableHashSet<IntroductionPoint> Points { get; } = points;

    /// <summary>As tor wrote it, byte for byte.</summary>
    public ReadOnlyMemory<byte> Text { get; } = text;

    public static ObservedDescriptor From(HsDescriptor descriptor, ReadOnlyMemory<byte> text) =>
        new(descriptor.Period, descriptor.RevisionCounter, [.. descriptor.Inner.IntroductionPoints], text);

    public bool SaysTheSameAs(ObservedDescriptor other) =>
        Period == other.Period && RevisionCounter == other.RevisionCounter && Points.SetEquals(other.Points);
}
