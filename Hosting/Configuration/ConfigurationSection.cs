using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>Reads a value's text, as int.TryParse does.</summary>
public delegate bool ValueParser<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>
/// One mapping of the file. A getter that cannot give what it is asked for tells the problem and returns a stand-in, so
/// that the reading goes on to the next problem; the stand-ins never leave <see cref="YamlConfiguration"/>. A key that no
/// getter asked for is unknown, and refused.
/// </summary>
public sealed partial class ConfigurationSection
{
    private readonly MappingNode _node;
    private readonly ProblemList _problems;
    private readonly string _folder;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<ConfigurationSection> _sections = [];

    private ConfigurationSection(MappingNode node, ProblemList problems, string path, string folder, bool isMissing = false)
    {
        _node = node;
        _problems = problems;
        _folder = folder;
        Path = path;
        IsMissing = isMissing;
    }

    /// <summary>Where the section stands, "services[0].tls"; empty for the top of the file.</summary>
    public string Path { get; }

    /// <summary>True for the stand-in of a section that is not in the file: none of its keys is missed in its own right.</summary>
    public bool IsMissing { get; }

    internal static ConfigurationSection Root(MappingNode node, ProblemList problems, string folder) => new(node, problems, "", folder);

    /// <summary>Whether the file gives the key.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether the file gives the key a mapping, for keys that take a single value as well.</summary>
    public bool HasSection(string key) => Find(key)?.Value is MappingNode;

    /// <summary>Tells a problem of this section's own, such as two keys that do not go together. The key need not be there.</summary>
    public void Problem(string key, string message)
    {
        if (!IsMissing)
            _problems.Add(Find(key)?.Line ?? _node.Line, YamlTree.Join(Path, key), message);
    }

    /// <summary>The mapping under a key that must be there.</summary>
    public ConfigurationSection Section(string key) => OptionalSection(key, isRequired: true) ?? Missing(key);

    /// <summary>The mapping under a key, or null when the file does not give it.</summary>
    public ConfigurationSection? OptionalSection(string key) => OptionalSection(key, isRequired: false);

    /// <summary>The list of mappings under a key; required unless <paramref name="atLeast"/> is 0.</summary>
    public ImmutableArray<ConfigurationSection> Sections(string key, int atLeast = 1, int atMost = 1000)
    {
        var sections = ImmutableArray.CreateBuilder<ConfigurationSection>();
        foreach (var (item, path) in Items(key, atLeast, atMost))
        {
            if (item is MappingNode mapping)
                sections.Add(Child(mapping, path));
            else
                _problems.Add(item.Line, path, "must be a mapping of keys to values");
        }

        return sections.ToImmutable();
    }

    /// <summary>Text in a form of the caller's own; false, and its problem told, when it is missing or not in that form.</summary>
    /// <param name="key">The key, required.</param>
    /// <param name="parser">Reads the text.</param>
    /// <param name="expected">What the text must be, for the message "must be ...".</param>
    /// <param name="value">What was read.</param>
    public bool TryValue<T>(string key, ValueParser<T> parser, string expected, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        return ScalarOf(key, isRequired: true) is { } node && TryParse(node, YamlTree.Join(Path, key), parser, expected, out value);
    }

    /// <summary>The same for a key that may be left out: null then, and when it was refused.</summary>
    public T? OptionalValue<T>(string key, ValueParser<T> parser, string expected)
        where T : class =>
        ScalarOf(key, isRequired: false) is { } node && TryParse(node, YamlTree.Join(Path, key), parser, expected, out var value) ? value : null;

    /// <summary>A list of texts in a form of the caller's own, none twice; required unless <paramref name="atLeast"/> is 0.</summary>
    public ImmutableArray<T> Values<T>(string key, ValueParser<T> parser, string expected, int atLeast = 1, int atMost = 1000)
    {
        var values = ImmutableArray.CreateBuilder<T>();
        var seen = new HashSet<T>();
        foreach (var (item, path) in Items(key, atLeast, atMost))
        {
            if (item is not ScalarNode { Text: not null } scalar)
                _problems.Add(item.Line, path, $"must be {expected}");
            else if (TryParse(scalar, path, parser, expected, out var value) && !seen.Add(value))
                _problems.Add(item.Line, path, "is in the list already");
            else if (value is not null)
                values.Add(value);
        }

        return values.ToImmutable();
    }

    internal void TellUnknownKeys()
    {
        foreach (var entry in _node.Entries.Where(entry => !_known.Contains(entry.Key)))
            _problems.Add(entry.Line, YamlTree.Join(Path, entry.Key), $"is not known here{Spelling.Suggestion(entry.Key, _known)}");
        foreach (var section in _sections)
            section.TellUnknownKeys();
    }

    private ConfigurationSection? OptionalSection(string key, bool isRequired)
    {
        var entry = Take(key, isRequired);
        if (entry is null)
            return null;
        if (entry.Value is MappingNode mapping)
            return Child(mapping, YamlTree.Join(Path, key));
        _problems.Add(entry.Line, YamlTree.Join(Path, key), "must be a mapping of keys to values");
        return isRequired ? null : Missing(key);
    }

    private ConfigurationSection Child(MappingNode node, string path)
    {
        var section = new ConfigurationSection(node, _problems, path, _folder);
        _sections.Add(section);
        return section;
    }

    private ConfigurationSection Missing(string key) =>
        new(MappingNode.Empty, _problems, YamlTree.Join(Path, key), _folder, isMissing: true);

    private IEnumerable<(ConfigurationNode Item, string Path)> Items(string key, int atLeast, int atMost)
    {
        var entry = Take(key, isRequired: atLeast > 0);
        if (entry is null)
            return [];
        var path = YamlTree.Join(Path, key);
        if (entry.Value is not ListNode list)
        {
            _problems.Add(entry.Line, path, "must be a list");
            return [];
        }

        if (list.Items.Length < atLeast || list.Items.Length > atMost)
            _problems.Add(entry.Line, path, string.Create(CultureInfo.InvariantCulture, $"must have {atLeast} to {atMost} items, not {list.Items.Length}"));
        return list.Items.Take(atMost).Select((item, index) => (item, $"{path}[{index}]"));
    }

    private bool TryParse<T>(ScalarNode node, string path, ValueParser<T> parser, string expected, [MaybeNullWhen(false)] out T value)
    {
        if (parser(node.Text!, out value))
            return true;
        _problems.Add(node.Line, path, $"must be {expected}");
        value = default;
        return false;
    }

    /// <summary>A scalar that has a text, or null, its problem told.</summary>
    private ScalarNode? ScalarOf(string key, bool isRequired)
    {
        var entry = Take(key, isRequired);
        switch (entry?.Value)
        {
            case null:
                return null;
            case ScalarNode { Text: not null } scalar:
                return scalar;
            case ScalarNode:
                _problems.Add(entry.Line, YamlTree.Join(Path, key), "has no value; give one or leave the key out");
                return null;
            default:
                _problems.Add(entry.Line, YamlTree.Join(Path, key), "must be a single value");
                return null;
        }
    }

    private MappingEntry? Take(string key, bool isRequired)
    {
        _known.Add(key);
        var entry = Find(key);
        if (entry is null && isRequired && !IsMissing)
            _problems.Add(_node.Line, YamlTree.Join(Path, key), "is missing");
        return entry;
    }

    private MappingEntry? Find(string key) => _node.Entries.FirstOrDefault(entry => entry.Key == key);
}
