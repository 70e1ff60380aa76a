using System.Text;
using System.Text.Json;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

public sealed class HsDirRingTests
{
    /// <summary>From C tor's test_hs_indexes, made by its hs_indexes.py.</summary>
    [Fact]
    public void Agrees_with_C_tor_on_both_indexes()
    {
        var period = new TimePeriod(42, 1440);
        Assert.Equal("37e5cbbd56a22823714f18f1623ece5983a0d64c78495a8cfab854245e5f9a8a", HashRingIndex.OfService(Filled(0x42), period, 1).ToHex());
        Assert.Equal("db475361014a09965e7e5e4d4a25b8f8d4b8f16cb1d8a7e95eed50249cc1a2d5", HashRingIndex.OfRelay(Filled(0x42), Filled(0x43), period).ToHex());
    }

    /// <summary>C tor's test_responsible_hsdirs: two HSDirs are all that a ring of two has.</summary>
    [Fact]
    public void A_ring_smaller_than_the_spread_gives_each_relay_once()
    {
        var ring = HsDirRing.Create(Network(2, ConsensusParameters.Default), new TimePeriod(17653, 1440), Filled(1));
        Assert.Equal(2, ring.ForStoring(new BlindedPublicKey(Filled(42))).Distinct().Count());
        Assert.Equal(2, ring.ForStoring(new BlindedPublicKey(Filled(42))).Length);
        Assert.Empty(HsDirRing.Create(Network(0, ConsensusParameters.Default), default, default).ForStoring(default));
    }

    [Fact]
    public void Agrees_with_onionbalance_and_stem_from_the_text_of_the_consensus_to_the_HSDirs()
    {
        foreach (var row in Vectors.Load("ring-onionbalance"))
        {
            var text = Encoding.ASCII.GetBytes(row.GetProperty("consensus").GetString()!);
            var microdescriptors = Encoding.ASCII.GetBytes(row.GetProperty("microdescriptors").GetString()!);
            Assert.True(ConsensusDocument.TryParse(text, microdescriptors, out var consensus));
            var schedule = ServiceSchedule.From(consensus);
            var blinded = new BlindedPublicKey(Bytes32.Create(row.Hex("blindedKey")));
            foreach (var (descriptor, wanted) in new[] { schedule.First, schedule.Second }.Zip(row.GetProperty("descriptors").EnumerateArray()))
            {
                Assert.Equal(new TimePeriod(wanted.GetProperty("period").GetUInt64(), wanted.GetProperty("lengthMinutes").GetUInt32()), descriptor.Period);
                Assert.Equal(wanted.Hex("sharedRandom"), descriptor.SharedRandom.ToArray());
                Assert.Equal(wanted.GetProperty("startOfRun").GetInt64(), descriptor.StartOfSrvRun.ToUnixTimeSeconds());
                Assert.Equal(wanted.GetProperty("usedByClients").GetBoolean(), schedule.ForClients == descriptor);
                Assert.Equal(wanted.GetProperty("ring").GetInt32(), consensus.HsDirs.Length);
                var ring = HsDirRing.Create(consensus, descriptor.Period, descriptor.SharedRandom);
                Assert.Equal(Names(wanted, "hsDirs"), ring.ForStoring(blinded).Select(hsDir => hsDir.Fingerprint));
                Assert.Equal(Names(wanted, "fetched"), ring.ForFetching(blinded).Select(hsDir => hsDir.Fingerprint));
            }
        }
    }

    [Fact]
    public void Agrees_with_a_walk_around_the_circle_for_10_000_random_rings()
    {
        var random = new Random(6);
        for (var i = 0; i < 10_000; i++)
        {
            var parameters = ConsensusParameters.Default with { HsDirReplicas = random.Next(1, 5), HsDirSpreadStore = random.Next(1, 7), HsDirSpreadFetch = random.Next(1, 7) };
            var consensus = Network(random.Next(1, 40), parameters, random);
            var period = new TimePeriod((ulong)random.NextInt64(1 << 20), (uint)random.Next(1, 2000));
            var sharedRandom = Bytes32.Create(ConsensusText.Bytes(random, 32));
            var blinded = new BlindedPublicKey(Bytes32.Create(ConsensusText.Bytes(random, 32)));
            var ring = HsDirRing.Create(consensus, period, sharedRandom);
            Assert.Equal(Walk(consensus, blinded, period, sharedRandom, parameters.HsDirSpreadStore), ring.ForStoring(blinded));
            Assert.Equal(Walk(consensus, blinded, period, sharedRandom, parameters.HsDirSpreadFetch), ring.ForFetching(blinded));
        }
    }

    /// <summary>For every replica all relays in the order of their distance clockwise, as a big number.</summary>
    private static List<HsDir> Walk(Consensus consensus, BlindedPublicKey blinded, TimePeriod period, Bytes32 sharedRandom, int spread)
    {
        var circle = System.Numerics.BigInteger.One << 256;
        var taken = new List<HsDir>();
        var places = consensus.HsDirs.Select(hsDir => (HsDir: hsDir, Place: Number(HashRingIndex.OfRelay(hsDir.Ed25519Identity, sharedRandom, period)))).ToList();
        for (var replica = 1; replica <= consensus.Parameters.HsDirReplicas; replica++)
        {
            var from = Number(HashRingIndex.OfService(blinded.Bytes, period, replica));
            taken.AddRange(places
                .OrderBy(relay => (relay.Place - from + circle) % circle)
                .Select(relay => relay.HsDir)
                .Where(hsDir => !taken.Contains(hsDir))
                .Take(spread)
                .ToList());
        }

        return taken;
    }

    private static System.Numerics.BigInteger Number(Bytes32 index) => new(index.Span, isUnsigned: true, isBigEndian: true);

    private static Consensus Network(int relays, ConsensusParameters parameters, Random? random = null) =>
        Schedules.Consensus(DateTimeOffset.UnixEpoch.AddYears(50), TimeSpan.FromHours(1)) with
        {
            Parameters = parameters,
            HsDirs = [.. Enumerable.Range(0, relays).Select(i =>
                new HsDir($"{i:X40}", $"relay{i}", random is null ? Filled((byte)i) : Bytes32.Create(ConsensusText.Bytes(random, 32))))],
        };

    private static IEnumerable<string> Names(JsonElement row, string name) => row.GetProperty(name).EnumerateArray().Select(item => item.GetString()!);

    private static Bytes32 Filled(byte value) => Bytes32.Create(Enumerable.Repeat(value, 32).ToArray());
}
