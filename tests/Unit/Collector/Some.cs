using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Tests.Unit.Descriptors;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>A public network of 100 HSDirs at one moment, and what instances report there.</summary>
internal static class Some
{
    internal static readonly DateTimeOffset Now = new(2026, 11, 23, 15, 30, 0, TimeSpan.Zero);

    internal static NetworkView View(DateTimeOffset? validAfter = null)
    {
        var from = validAfter ?? new DateTimeOffset(2026, 11, 23, 15, 0, 0, TimeSpan.Zero);
        var hsDirs = Enumerable.Range(0, 100).Select(i => new HsDir(Convert.ToHexString(Bytes(i).Span[..20]), $"relay{i}", Bytes(i)));
        var consensus = new Consensus(
            from, from.AddHours(1), from.AddHours(3), ConsensusParameters.Default, Bytes(1000), Bytes(1001), [.. hsDirs], []);
        Assert.True(NetworkView.TryCreate(consensus, out var view, out var problem), problem);
        return view!;
    }

    internal static InstanceReport Report(OnionAddress instance, TimePeriod period, int points = 3, ulong revision = 1, DateTimeOffset? received = null, int seed = 0)
    {
        var random = new Random(HashCode.Combine(instance.Label.GetHashCode(StringComparison.Ordinal), period, seed));
        ImmutableArray<byte> text = [.. instance.Label.Select(letter => (byte)letter), .. BitConverter.GetBytes(period.Number), (byte)seed, (byte)revision];
        return new InstanceReport(
            instance,
            period,
            instance.PublicKey.Blind(period),
            revision,
            TestService.Inner(points, random),
            text,
            Bytes32.Create(SHA3_256.HashData(text.AsSpan())),
            Now.AddHours(40),
            received ?? Now.AddMinutes(-5));
    }

    internal static Publication Publication(TimePeriod period, DateTimeOffset signed, params ReadOnlySpan<Split.Protos.UploadOutcome> outcomes)
    {
        var uploads = ImmutableArray.CreateBuilder<HsDirUpload>();
        foreach (var outcome in outcomes)
            uploads.Add(new HsDirUpload(Convert.ToHexString(Bytes(uploads.Count).Span[..20]), $"relay{uploads.Count}", outcome, signed, "", 1));
        return new Publication(period, 77, signed, Bytes(1), [Bytes(2), Bytes(3)], signed.AddMinutes(90), uploads.DrainToImmutable());
    }

    internal static OnionAddress Address(int number) => The_introduction_point_selector.Address(number);

    internal static Bytes32 Bytes(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return Bytes32.Create(SHA256.HashData(bytes));
    }
}
