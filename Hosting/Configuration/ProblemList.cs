using System.Collections.Immutable;

namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>What is wrong with one file, each as "file:line: key.path: message", told in the order of the lines.</summary>
internal sealed class ProblemList(string file)
{
    /// <summary>More than anybody reads; a hostile file must not fill a log.</summary>
    private const int Most = 100;

    private readonly List<(int Line, string Text)> _problems = [];

    public bool Any => _problems.Count > 0;

    public void Add(int line, string path, string message)
    {
        var where = path.Length == 0 ? "" : $"{path}: ";
        if (_problems.Count < Most)
            _problems.Add((line, $"{file}:{line}: {where}{message}"));
    }

    public ImmutableArray<string> ToLines() => [.. _problems.OrderBy(problem => problem.Line).Select(problem => problem.Text)];
}
