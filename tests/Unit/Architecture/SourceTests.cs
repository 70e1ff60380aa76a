using System.Text.RegularExpressions;

namespace OnionBalance.Split.Tests.Unit.Architecture;

/// <summary>House rules that a machine can hold.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 300;

    [Fact]
    public void No_source_file_has_more_than_300_lines() =>
        Assert.Empty(
            from file in Repository.Files("*.cs")
            let lines = Repository.Read(file).Count(character => character == '\n')
            where lines > MostLines
            select $"{file}: {lines}");

    [Fact]
    public void Time_comes_through_TimeProvider_and_nothing_sleeps() => AssertNone(WallClock());

    [Fact]
    public void No_exception_is_swallowed_without_a_word() => AssertNone(SwallowedException());

    [Fact]
    public void Nothing_shipped_keeps_mutable_static_state() => AssertNone(MutableStatic());

    private static void AssertNone(Regex forbidden) =>
        Assert.Empty(
            from file in Repository.Files("*.cs").Where(ReferenceTests.Shipped)
            from line in Repository.Read(file).Split('\n')
            where forbidden.IsMatch(line)
            select $"{file}: {line.Trim()}");

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|Thread\.Sleep|Stopwatch\.")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"catch\s*(\((System\.)?Exception[^)]*\))?\s*\{\s*\}")]
    private static partial Regex SwallowedException();

    [GeneratedRegex(@"^\s*(public|internal|private)\s+static\s+(?!readonly|partial|extern|implicit|explicit|async|class|ref|unsafe|event)[\w<>\[\]?,.]+\s+(?!operator)_?\w+\s*(=[^>]|;)")]
    private static partial Regex MutableStatic();
}
