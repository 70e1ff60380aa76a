using System.Globalization;

namespace OnionBalance.Split.Tests.Integration;

/// <summary>Figures that tests measure on the way: kept in a file, since a test that passes prints nothing.</summary>
internal static class Measured
{
    /// <summary>Named by OBSPLIT_MEASURED; tests/run.sh shows it at the end.</summary>
    private static readonly string _file =
        Environment.GetEnvironmentVariable("OBSPLIT_MEASURED") ?? Path.Combine(AppContext.BaseDirectory, "measured.txt");

    internal static bool Long => Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1";

    /// <summary>So many repetitions in the plain run, so many in the long one.</summary>
    internal static int Times(int plain, int @long) => Long ? @long : plain;

    internal static void Say(string what) => File.AppendAllText(_file, what + "\n");

    /// <summary>Median and worst, in seconds.</summary>
    internal static void Say(string what, IReadOnlyCollection<TimeSpan> figures)
    {
        var sorted = figures.Select(figure => figure.TotalSeconds).Order().ToArray();
        Say(string.Create(CultureInfo.InvariantCulture, $"{what}: median {sorted[sorted.Length / 2]:0.00} s, worst {sorted[^1]:0.00} s, of {sorted.Length}"));
    }
}
