using System.Collections.Immutable;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Selection;

/// <summary>
/// Which introduction points go into a master descriptor: one list for all HSDirs while everything fits, else several
/// that the HSDirs share out among themselves.
/// </summary>
internal sealed record SelectionPlan
{
    internal static readonly SelectionPlan Empty = new([]);

    internal SelectionPlan(ImmutableArray<ImmutableArray<ChosenPoint>> selections)
    {
        Selections = selections;
        Points = selections.SelectMany(points => points).Select(point => point.AuthKey).ToImmutableSortedSet();
        Digest = ComputeDigest(selections);
    }

    /// <summary>Each in the order in which its points stand in the descriptor.</summary>
    internal ImmutableArray<ImmutableArray<ChosenPoint>> Selections { get; }

    /// <summary>Every introduction point that stands in at least one selection.</summary>
    internal ImmutableSortedSet<Bytes32> Points { get; }

    /// <summary>Two plans are the same when this is: it also outlives the process, on disk.</summary>
    internal Bytes32 Digest { get; }

    internal bool IsEmpty => Points.IsEmpty;

    public bool Equals(SelectionPlan? other) => other is not null && Digest == other.Digest;

    public override int GetHashCode() => Digest.GetHashCode();

    private static Bytes32 ComputeDigest(ImmutableArray<ImmutableArray<ChosenPoint>> selections)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA3_256);
        foreach (var selection in selections)
        {
            hash.AppendData([(byte)selection.Length]);
            foreach (var point in selection)
                hash.AppendData(point.AuthKey.Span);
        }

        return Bytes32.Create(hash.GetHashAndReset());
    }
}
