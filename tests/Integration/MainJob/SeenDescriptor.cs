using System.Collections.Immutable;
using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tests.Functional.Descriptors;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>What stem finds: every line with values replaced by lengths, and when the certificates expire, in hours since the epoch.</summary>
internal sealed record DescriptorShape(ImmutableArray<string> Lines, int Points, ImmutableArray<uint> Expirations);

/// <summary>One of a service's two descriptors as all its HSDirs hold it, one version of it in all of them.</summary>
internal sealed record SeenDescriptor(OnionAddress Address, ScheduledDescriptor Scheduled, ImmutableArray<HeldPoints> Copies)
{
    /// <summary>Any of the copies: they differ in their encryption alone.</summary>
    internal HsDescriptor Any => Copies[0].Descriptor!;

    internal int PointCount => Any.Inner.IntroductionPoints.Length;

    /// <summary>Of each copy in bytes, without the digits of the revision counter, whose number changes as it rises.</summary>
    internal ImmutableArray<int> Lengths =>
        [.. Copies.Select(copy => copy.Held.Text.Length - copy.Descriptor!.RevisionCounter.ToString(CultureInfo.InvariantCulture).Length)];

    internal bool IsNewerThanIn(ImmutableArray<SeenDescriptor> before) =>
        before.All(old => old.Scheduled.Period != Scheduled.Period || Any.RevisionCounter > old.Any.RevisionCounter);

    /// <summary>Both descriptors, as soon as each is one version on all its HSDirs and <paramref name="wanted"/> holds.</summary>
    internal static async Task<ImmutableArray<SeenDescriptor>> LookAsync(PointsProbe probe, OnionAddress address, Func<ImmutableArray<SeenDescriptor>, bool> wanted)
    {
        ImmutableArray<SeenDescriptor> seen = [];
        var took = await probe.WaitUntilAsync(
            address,
            held =>
            {
                seen = [.. held.GroupBy(one => one.Held.Scheduled).Select(group => new SeenDescriptor(address, group.Key, [.. group]))];
                return seen.All(one => one.IsOneVersion) && wanted(seen);
            },
            DeployedNetwork.Patience);
        Assert.True(took is not null, $"not as wanted on every HSDir within {DeployedNetwork.Patience}: {string.Join(", ", seen.SelectMany(one => one.Copies).Select(copy => copy.Problem ?? $"{copy.Points.Count} points"))}");
        return seen;
    }

    internal async Task<DescriptorShape> ShapeAsync()
    {
        var found = await Stem.RunAsync("stem_shape.py", Copies[0].Held.Text.ToArray(), Address.ToFullString());
        return new DescriptorShape(
            [.. found.GetProperty("lines").EnumerateArray().Select(line => line.GetString()!)],
            found.GetProperty("points").GetInt32(),
            [.. found.GetProperty("expirations").EnumerateArray().Select(hours => hours.GetUInt32())]);
    }

    private bool IsOneVersion => Copies.All(copy => copy.Descriptor is not null) && Copies.DistinctBy(copy => copy.Descriptor!.RevisionCounter).Count() == 1;
}
