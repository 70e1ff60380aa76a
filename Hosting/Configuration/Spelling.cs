namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>Which word may be meant by one that is not known.</summary>
internal static class Spelling
{
    private const int Close = 2;

    /// <summary>To be put behind "... is not known here": the nearest word, or where none is near, all.</summary>
    public static string Suggestion(string word, IEnumerable<string> known)
    {
        var words = known.Order(StringComparer.Ordinal).ToArray();
        return words.Where(one => Distance(one, word) <= Close).MinBy(one => Distance(one, word)) is { } near ? $"; is '{near}' meant?" : Known(words);
    }

    /// <summary>To be put behind a fault.</summary>
    public static string Known(IReadOnlyCollection<string> words) => words.Count > 0 ? $"; known: {string.Join(", ", words)}" : "";

    /// <summary>In letters added, dropped or changed.</summary>
    public static int Distance(string one, string other)
    {
        var previous = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 0; i < one.Length; i++)
        {
            var current = new int[other.Length + 1];
            current[0] = i + 1;
            for (var j = 0; j < other.Length; j++)
            {
                var changed = previous[j] + (one[i] == other[j] ? 0 : 1);
                current[j + 1] = Math.Min(changed, Math.Min(previous[j + 1], current[j]) + 1);
            }

            previous = current;
        }

        return previous[^1];
    }
}
