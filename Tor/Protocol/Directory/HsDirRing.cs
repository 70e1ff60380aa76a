using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// The hash ring of rend-spec-v3 2.2.3 for one consensus, period and shared random value: a few milliseconds of hashing
/// on the public network, so make one per descriptor and consensus, and ask it for every service.
/// </summary>
public sealed class HsDirRing
{
    private readonly Bytes32[] _indexes;
    private readonly HsDir[] _hsDirs;
    private readonly ConsensusParameters _parameters;
    private readonly TimePeriod _period;

    private HsDirRing(Bytes32[] indexes, HsDir[] hsDirs, ConsensusParameters parameters, TimePeriod period)
    {
        _indexes = indexes;
        _hsDirs = hsDirs;
        _parameters = parameters;
        _period = period;
    }

    public static HsDirRing Create(Consensus consensus, TimePeriod period, Bytes32 sharedRandom)
    {
        ArgumentNullException.ThrowIfNull(consensus);
        var hsDirs = consensus.HsDirs.ToArray();
        var indexes = new Bytes32[hsDirs.Length];
        for (var i = 0; i < hsDirs.Length; i++)
            indexes[i] = HashRingIndex.OfRelay(hsDirs[i].Ed25519Identity, sharedRandom, period);
        Array.Sort(indexes, hsDirs);
        return new HsDirRing(indexes, hsDirs, consensus.Parameters, period);
    }

    /// <summary>The HSDirs to upload to, in one call: see <see cref="ForStoring"/>.</summary>
    public static ImmutableArray<HsDir> Responsible(
        Consensus consensus, BlindedPublicKey blindedKey, TimePeriod period, Bytes32 sharedRandom) =>
        Create(consensus, period, sharedRandom).ForStoring(blindedKey);

    /// <summary>
    /// Where the service stores its descriptor: hsdir_spread_store relays of replica 1, then of replica 2 and so on.
    /// None stands twice, and there are fewer only when the ring has no more.
    /// </summary>
    public ImmutableArray<HsDir> ForStoring(BlindedPublicKey blindedKey) =>
        Responsible(blindedKey, _parameters.HsDirSpreadStore);

    /// <summary>Where clients look for it: hsdir_spread_fetch relays of each replica.</summary>
    public ImmutableArray<HsDir> ForFetching(BlindedPublicKey blindedKey) =>
        Responsible(blindedKey, _parameters.HsDirSpreadFetch);

    private ImmutableArray<HsDir> Responsible(BlindedPublicKey blindedKey, int spread)
    {
        var taken = new HashSet<int>();
        var responsible = ImmutableArray.CreateBuilder<HsDir>();
        for (var replica = 1; replica <= _parameters.HsDirReplicas; replica++)
        {
            var start = Array.BinarySearch(_indexes, HashRingIndex.OfService(blindedKey.Bytes, _period, replica));
            start = start < 0 ? ~start : start;
            var wanted = spread;
            // Relays that a lower replica took are passed over without being counted.
            for (var step = 0; step < _hsDirs.Length && wanted > 0; step++)
            {
                var place = (start + step) % _hsDirs.Length;
                if (!taken.Add(place))
                    continue;
                responsible.Add(_hsDirs[place]);
                wanted--;
            }
        }

        return responsible.DrainToImmutable();
    }
}
