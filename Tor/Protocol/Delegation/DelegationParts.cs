using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>A request or bundle as a series of parts, and back from parts read in any order.</summary>
public static class DelegationParts
{
    /// <summary>A file of printable text into its parts; the last is filled up with zero bytes, which no such file has.</summary>
    public static ImmutableArray<DelegationPart> Split(ReadOnlySpan<byte> text)
    {
        ArgumentOutOfRangeException.ThrowIfZero(text.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, DelegationText.MostBytes);
        var padded = new byte[(text.Length + 4) / 5 * 5];
        text.CopyTo(padded);
        var series = DelegationPart.SeriesOf(text);
        var chunks = padded.Chunk(DelegationPart.MostData).ToArray();
        return [.. chunks.Select((chunk, index) => new DelegationPart(index + 1, chunks.Length, series, [.. chunk]))];
    }

    /// <summary>
    /// The whole file from lines of which each is a part; empty lines, and what a reader puts before a part, are passed over,
    /// and a part may come twice. On false, <paramref name="problems"/> tell by number all that is wrong.
    /// </summary>
    /// <param name="lines">Each with the name of the place where it was read.</param>
    public static bool TryJoin(IEnumerable<(string Place, string Text)> lines, out byte[] text, out ImmutableArray<string> problems)
    {
        var parts = new SortedDictionary<(string Series, int Count), SortedDictionary<int, DelegationPart>>();
        SortedSet<int> damaged = [], contradicted = [];
        List<string> foreign = [];
        foreach (var (place, line) in lines.Where(line => !string.IsNullOrWhiteSpace(line.Text)))
        {
            if (!DelegationPart.TryParse(FromHeading(line), out var part, out var claimed))
            {
                if (claimed > 0)
                    damaged.Add(claimed);
                else
                    foreign.Add(place);
                continue;
            }

            if (!parts.TryGetValue((part.Series, part.Count), out var series))
                parts[(part.Series, part.Count)] = series = [];
            if (!series.TryAdd(part.Number, part) && series[part.Number].ToString() != part.ToString())
                contradicted.Add(part.Number);
        }

        // A part that was read well once may be damaged in another scan.
        if (parts.Count == 1)
            damaged.ExceptWith(parts.Values.Single().Keys);
        text = parts.Count == 1 ? Whole(parts.Values.Single().Values) : [];
        problems = [.. Problems(parts, damaged, contradicted, foreign, text)];
        if (!problems.IsEmpty)
            text = [];
        return problems.IsEmpty;
    }

    private static IEnumerable<string> Problems(
        SortedDictionary<(string Series, int Count), SortedDictionary<int, DelegationPart>> parts,
        SortedSet<int> damaged,
        SortedSet<int> contradicted,
        List<string> foreign,
        byte[] text)
    {
        if (foreign.Count > 0)
            yield return $"{foreign[0]}{(foreign.Count > 1 ? $" and {foreign.Count - 1} more lines" : "")}: no part of a request or bundle, or damaged beyond its number";
        if (damaged.Count > 0)
            yield return $"{Named(damaged)} damaged: read again";
        if (contradicted.Count > 0)
            yield return $"{Named(contradicted)} there twice with different contents";
        if (parts.Count > 1)
            yield return $"parts of different series are mixed, give those of one: {string.Join("; ", parts.Select(series => $"series {series.Key.Series} of {series.Key.Count} has {Listed(series.Value.Keys)}"))}";
        if (parts.Count == 0)
            yield return "no part is readable";
        if (parts.Count != 1)
            yield break;
        var ((name, count), there) = parts.Single();
        var missing = Enumerable.Range(1, count).Except(there.Keys).Except(damaged).ToList();
        if (missing.Count > 0)
            yield return $"{Named(missing)} missing of the {count} of series {name}";
        else if (damaged.Count == 0 && contradicted.Count == 0 && DelegationPart.SeriesOf(text) != name)
            yield return $"each part of series {name} is whole, and yet they are not the file that they name: have them made anew";
    }

    private static byte[] Whole(IEnumerable<DelegationPart> parts)
    {
        byte[] padded = [.. parts.SelectMany(part => part.Data)];
        return padded.AsSpan().TrimEnd((byte)0).ToArray();
    }

    private static string FromHeading(string line)
    {
        var at = line.IndexOf(DelegationPart.Heading, StringComparison.Ordinal);
        return (at < 0 ? line : line[at..]).Trim();
    }

    private static string Named(IReadOnlyCollection<int> numbers) => (numbers.Count == 1 ? "part " : "parts ") + Listed(numbers) + (numbers.Count == 1 ? " is" : " are");

    /// <summary>Rising numbers, runs of three and more as "4-9".</summary>
    private static string Listed(IEnumerable<int> numbers)
    {
        var runs = new List<(int From, int To)>();
        foreach (var number in numbers)
        {
            if (runs.Count > 0 && runs[^1].To == number - 1)
                runs[^1] = (runs[^1].From, number);
            else
                runs.Add((number, number));
        }

        return string.Join(", ", runs.Select(run => (run.To - run.From) switch
        {
            0 => $"{run.From}",
            1 => $"{run.From}, {run.To}",
            _ => $"{run.From}-{run.To}",
        }));
    }
}
