using System.Collections.Immutable;

namespace OnionBalance.Split.Collector.Selection;

/// <summary>
/// Chooses introduction points: evenly over the instances, no relay twice in one descriptor, and always the same ones for
/// the same input.
/// </summary>
/// <remarks>
/// Of two introduction points on one relay a tor client uses only the first, so the second brings its backend nobody. And
/// it never learns that the second failed (setup_intro_circ_auth_key in hs_client.c goes by the relay): with both dead it
/// holds the descriptor for usable and does not fetch a new one until the period ends. Which instance has a contested
/// relay is itself shared out: whatever relays one instance names, it cannot take the last one from another for good. Who
/// finds no free relay in the first selection is the first to choose in the next.
/// </remarks>
internal static class IntroductionPointSelector
{
    /// <summary>Clients refuse a descriptor with more, as a whole.</summary>
    internal const int MostPerDescriptor = 20;

    /// <param name="readHsDirs">How many HSDirs clients ask: there is no use in more selections than that.</param>
    internal static SelectionPlan Plan(IEnumerable<CandidateInstance> instances, int readHsDirs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(readHsDirs);
        var ordered = Normalise(instances);
        var total = ordered.Sum(instance => instance.Points.Length);
        if (total == 0)
            return SelectionPlan.Empty;
        var round = new SelectionRound(ordered);
        var first = round.Next();
        return total <= MostPerDescriptor && round.HasServedAll
            ? new SelectionPlan([first])
            : new SelectionPlan([first, .. Enumerable.Range(1, readHsDirs - 1).Select(_ => round.Next())]);
    }

    /// <summary>
    /// In an order of their own, whatever order they came in. An introduction point that two instances name, whose reports the
    /// intake does not take, is nobody's.
    /// </summary>
    private static ImmutableArray<CandidateInstance> Normalise(IEnumerable<CandidateInstance> instances)
    {
        var all = instances.ToArray();
        var named = all.SelectMany(instance => instance.Points).CountBy(point => point.AuthKey).ToDictionary();
        return
        [
            .. all
                .OrderBy(instance => instance.Address.PublicKey.Bytes)
                .Select(instance => instance with
                {
                    Points = [.. instance.Points.Where(point => named[point.AuthKey] == 1).OrderBy(point => point.AuthKey)],
                })
                .Where(instance => !instance.Points.IsEmpty),
        ];
    }
}
