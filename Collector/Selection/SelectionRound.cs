using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Selection;

/// <summary>
/// Makes one selection after the other from the same candidates, remembering what the earlier ones took: who had more in
/// one has less in the next.
/// </summary>
internal sealed class SelectionRound
{
    private readonly ImmutableArray<CandidateInstance> _instances;
    private readonly Dictionary<string, int> _instancesOnRelay;
    private readonly Dictionary<Bytes32, int> _timesTaken = [];
    private readonly int[] _takenInAll;

    internal SelectionRound(ImmutableArray<CandidateInstance> instances)
    {
        _instances = instances;
        _takenInAll = new int[instances.Length];
        _instancesOnRelay = instances
            .SelectMany(instance => instance.Points.Select(point => point.Relay).Distinct())
            .CountBy(relay => relay)
            .ToDictionary();
    }

    /// <summary>Whether each instance has a point in at least one of the selections so far.</summary>
    internal bool HasServedAll => _takenInAll.All(taken => taken > 0);

    internal ImmutableArray<ChosenPoint> Next()
    {
        var chosen = ImmutableArray.CreateBuilder<ChosenPoint>();
        var takenHere = new int[_instances.Length];
        var relays = new HashSet<string>(StringComparer.Ordinal);
        while (chosen.Count < IntroductionPointSelector.MostPerDescriptor && TryPick(takenHere, relays, out var owner, out var point))
        {
            chosen.Add(new ChosenPoint(_instances[owner].Address, point.AuthKey));
            relays.Add(point.Relay);
            takenHere[owner]++;
            _takenInAll[owner]++;
            _timesTaken[point.AuthKey] = _timesTaken.GetValueOrDefault(point.AuthKey) + 1;
        }

        return chosen.DrainToImmutable();
    }

    /// <summary>The best point on a free relay by <see cref="Worth"/>; of equals the first in the candidates' own order.</summary>
    private bool TryPick(int[] takenHere, HashSet<string> relays, out int owner, out CandidatePoint point)
    {
        (owner, point) = (-1, null!);
        Worth? best = null;
        for (var i = 0; i < _instances.Length; i++)
        {
            CandidatePoint[] free = [.. _instances[i].Points.Where(candidate => !relays.Contains(candidate.Relay))];
            var freeRelays = free.Select(candidate => candidate.Relay).Distinct().Count();
            foreach (var candidate in free)
            {
                var worth = new Worth(
                    takenHere[i],
                    _takenInAll[i],
                    freeRelays,
                    _instancesOnRelay[candidate.Relay],
                    _timesTaken.GetValueOrDefault(candidate.AuthKey));
                if (best is { } b && worth.CompareTo(b) >= 0)
                    continue;
                (best, owner, point) = (worth, i, candidate);
            }
        }

        return best is not null;
    }

    /// <summary>Less is better, the earlier field first.</summary>
    private readonly record struct Worth(int OwnerHasHere, int OwnerHasInAll, int OwnerCouldTake, int OthersWantRelay, int TimesTaken)
        : IComparable<Worth>
    {
        public int CompareTo(Worth other) =>
            (OwnerHasHere, OwnerHasInAll, OwnerCouldTake, OthersWantRelay, TimesTaken).CompareTo(
                (other.OwnerHasHere, other.OwnerHasInAll, other.OwnerCouldTake, other.OthersWantRelay, other.TimesTaken));
    }
}
