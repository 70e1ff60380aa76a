using System.Collections.Immutable;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.PrivateTorNetwork.Probing;

/// <summary>The introduction points in the descriptor that one HSDir holds, named by their authentication keys (KP_hs_ipt_sid).</summary>
/// <param name="Points">Empty where the HSDir holds none, or none that can be read: see <see cref="Problem"/>.</param>
public sealed record HeldPoints(HeldDescriptor Held, HsDescriptor? Descriptor, ImmutableHashSet<Ed25519PublicKey> Points, string? Problem);

/// <summary>Which introduction points a service's published descriptors have, seen from outside.</summary>
public sealed class PointsProbe(DirectProbe probe, TimeProvider time)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>All responsible HSDirs of both descriptors, each descriptor fully verified.</summary>
    public async Task<ImmutableArray<HeldPoints>> LookAsync(OnionAddress address, CancellationToken ct = default) =>
        [.. (await probe.LookAsync(address, ct).ConfigureAwait(false)).Select(held => Read(held, address))];

    /// <summary>The HSDirs that are responsible for one descriptor.</summary>
    public async Task<ImmutableArray<HeldPoints>> LookAsync(OnionAddress address, Consensus consensus, ScheduledDescriptor scheduled, CancellationToken ct = default) =>
        [.. (await probe.LookAsync(address, consensus, scheduled, ct).ConfigureAwait(false)).Select(held => Read(held, address))];

    /// <summary>
    /// Looks again and again until it is as wanted, and says how long that took: up to the end of the look that saw it.
    /// </summary>
    /// <returns>Null when it was not so in time.</returns>
    public async Task<TimeSpan?> WaitUntilAsync(
        OnionAddress address, Func<ImmutableArray<HeldPoints>, bool> wanted, TimeSpan patience, CancellationToken ct = default)
    {
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < patience)
        {
            if (wanted(await LookAsync(address, ct).ConfigureAwait(false)))
                return time.GetElapsedTime(started);
            await Task.Delay(_pause, time, ct).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>
    /// All points that an instance has now, by its own tor and by what it published: those that a master descriptor may
    /// rightly contain.
    /// </summary>
    public async Task<ImmutableHashSet<Ed25519PublicKey>> OfInstanceAsync(TorProcess tor, OnionAddress address, CancellationToken ct = default)
    {
        var published = (await LookAsync(address, ct).ConfigureAwait(false)).SelectMany(held => held.Points);
        var schedule = ServiceSchedule.From(await probe.ConsensusAsync(ct).ConfigureAwait(false));
        var control = await tor.ConnectAsync(ct).ConfigureAwait(false);
        await using var closing = control.ConfigureAwait(false);
        var own = await new OwnDescriptorReader(control).ReadAsync(address, ct).ConfigureAwait(false);
        var ownPoints = own is { } text
            && DescriptorReader.TryRead(text.Span, address.PublicKey, [schedule.First.Period, schedule.Second.Period], time.GetUtcNow(), null, out var descriptor, out _)
                ? Keys(descriptor)
                : [];
        return ownPoints.Union(published);
    }

    private HeldPoints Read(HeldDescriptor held, OnionAddress address)
    {
        if (!held.IsThere)
            return new HeldPoints(held, null, [], held.Problem);
        return DescriptorReader.TryRead(held.Text.Span, address.PublicKey, [held.Scheduled.Period], time.GetUtcNow(), null, out var descriptor, out var fault)
            ? new HeldPoints(held, descriptor, Keys(descriptor), null)
            : new HeldPoints(held, null, [], $"not a valid descriptor: {fault}");
    }

    private static ImmutableHashSet<Ed25519PublicKey> Keys(HsDescriptor descriptor) =>
        [.. descriptor.Inner.IntroductionPoints.Select(point => point.AuthKey)];
}
