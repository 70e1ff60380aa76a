namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>How far a word is from another, in letters added, dropped or changed.</summary>
internal static class Spelling
{
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
