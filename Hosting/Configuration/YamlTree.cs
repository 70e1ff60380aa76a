using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>
/// YAML text to nodes, from the parser's events and not from the library's own tree: that one recurses without a bound,
/// expands aliases and stops at the first duplicate key. Anchors, aliases and tags are refused: a configuration needs none.
/// </summary>
internal sealed class YamlTree
{
    private const int MostDepth = 16;
    private const int MostNodes = 20_000;
    private const int LongestKey = 64;

    private readonly IParser _parser;
    private readonly ProblemList _problems;
    private int _nodes;

    private YamlTree(IParser parser, ProblemList problems)
    {
        _parser = parser;
        _problems = problems;
    }

    /// <summary>The file's one mapping; what is wrong with its form goes to the problems.</summary>
    public static MappingNode Read(string text, ProblemList problems)
    {
        var scanner = new Scanner(new StringReader(text));
        try
        {
            return new YamlTree(new Parser(scanner), problems).ReadStream();
        }
        catch (TooMuchException exception)
        {
            problems.Add(exception.Line, "", exception.Message);
        }
        catch (YamlException exception)
        {
            // Of a tab the library tells where the value before it began, or nothing: it is where it stopped to read.
            var place = exception.Message.Contains(" tab ", StringComparison.Ordinal) ? scanner.CurrentPosition : exception.Start;
            problems.Add(LineOf(place), "", $"is not YAML: {OneLine(exception.InnerException?.Message ?? exception.Message)}");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // Whatever else the library stumbles over is the text's fault too.
            problems.Add(LineOf(scanner.CurrentPosition), "", $"is not YAML: {OneLine(exception.Message)}");
        }

        return MappingNode.Empty;
    }

    private MappingNode ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            _problems.Add(1, "", "is empty");
            return MappingNode.Empty;
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode("", 0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _))
            _problems.Add(LineOf(_parser.Current!.Start), "", "has a second document; there must be one");
        switch (root)
        {
            case MappingNode mapping:
                return mapping;
            case ScalarNode { Text: null }:
                _problems.Add(root.Line, "", "is empty");
                break;
            case not null:
                _problems.Add(root.Line, "", "is not a mapping of keys to values");
                break;
        }

        return MappingNode.Empty;
    }

    /// <summary>Null for a node that was refused, its problem told.</summary>
    private ConfigurationNode? ReadNode(string path, int depth)
    {
        // Loads the event when there is none yet.
        _parser.Accept<NodeEvent>(out _);
        var line = LineOf(_parser.Current!.Start);
        if (++_nodes > MostNodes)
            throw new TooMuchException(line, $"has more than {MostNodes} values");
        if (depth > MostDepth)
            throw new TooMuchException(line, $"is nested more than {MostDepth} deep");
        if (_parser.TryConsume<AnchorAlias>(out _))
        {
            _problems.Add(line, path, "aliases (*name) are not understood here: write the value out");
            return null;
        }

        var node = _parser.Consume<NodeEvent>();
        if (!node.Anchor.IsEmpty)
            _problems.Add(line, path, "anchors (&name) are not understood here");
        if (!node.Tag.IsEmpty)
            _problems.Add(line, path, "tags (!name) are not understood here");
        return node switch
        {
            MappingStart => ReadMapping(line, path, depth),
            SequenceStart => ReadList(line, path, depth),
            Scalar scalar => new ScalarNode(line, TextOf(scalar)),
            _ => throw new TooMuchException(line, "is not understood"),
        };
    }

    private MappingNode ReadMapping(int line, string path, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<MappingEntry>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(path, depth + 1);
            var name = key is ScalarNode { Text: { Length: > 0 and <= LongestKey } text } && !text.Any(char.IsControl) ? text : null;
            if (key is not null && name is null)
                _problems.Add(key.Line, path, $"has a key that is not a word of at most {LongestKey} characters");
            var inner = name is null ? path : Join(path, name);
            var value = ReadNode(inner, depth + 1);
            if (key is null || name is null || value is null)
                continue;
            if (seen.TryGetValue(name, out var first))
                _problems.Add(key.Line, inner, $"is given twice; first on line {first}");
            else
                entries.Add(new MappingEntry(key.Line, name, value));
            seen.TryAdd(name, key.Line);
        }

        return new MappingNode(line, entries.ToImmutable());
    }

    private ListNode ReadList(int line, string path, int depth)
    {
        var items = ImmutableArray.CreateBuilder<ConfigurationNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (ReadNode($"{path}[{items.Count}]", depth + 1) is { } item)
                items.Add(item);
        }

        return new ListNode(line, items.ToImmutable());
    }

    internal static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string? TextOf(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" ? null : scalar.Value;

    private static int LineOf(Mark mark) => (int)Math.Clamp(mark.Line, 1, int.MaxValue);

    private static string OneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private sealed class TooMuchException(int line, string message) : Exception(message)
    {
        public int Line { get; } = line;
    }
}
