using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>The getters for the common kinds of values. A key without a fallback is required.</summary>
public sealed partial class ConfigurationSection
{
    private const int LongestText = 4096;
    private const string SomeText = "text without control characters";

    public string Text(string key) => TryValue<string>(key, TryText, SomeText, out var value) ? value : "";

    public string? OptionalText(string key) => OptionalValue<string>(key, TryText, SomeText);

    public ImmutableArray<string> Texts(string key, int atLeast = 1, int atMost = 1000) =>
        Values<string>(key, TryText, SomeText, atLeast, atMost);

    public int Number(string key, int least, int most, int? fallback = null) =>
        Bounded(
            key,
            (string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value),
            string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
            least,
            most,
            fallback);

    public TimeSpan Duration(string key, TimeSpan least, TimeSpan most, TimeSpan? fallback = null) =>
        Bounded(
            key,
            DurationText.TryParse,
            $"a duration such as 500ms, 10s, 5m, 1h or 30d, from {DurationText.Format(least)} to {DurationText.Format(most)}",
            least,
            most,
            fallback);

    public bool Boolean(string key, bool? fallback = null) =>
        Bounded(
            key,
            (string text, out bool value) => (value = text == "true") || text == "false",
            "true or false",
            false,
            true,
            fallback);

    /// <summary>One of an enum's names, written in lower case with '-' between words.</summary>
    public T Choice<T>(string key, T? fallback = null)
        where T : struct, Enum
    {
        var names = Enum.GetValues<T>().ToDictionary(value => KebabCase(value.ToString()), value => value, StringComparer.Ordinal);
        return Bounded(key, names.TryGetValue, string.Join(" or ", names.Keys), names.Values.Min(), names.Values.Max(), fallback);
    }

    /// <summary>"host:port", "[ipv6]:port" or "unix:/path", as given.</summary>
    public string Endpoint(string key) => TryValue<string>(key, TryEndpoint, EndpointAddress.Expected, out var value) ? value : "";

    public string? OptionalEndpoint(string key) => OptionalValue<string>(key, TryEndpoint, EndpointAddress.Expected);

    /// <summary>An absolute path; a relative one in the file is meant from the file's own folder.</summary>
    public string FilePath(string key) => TryValue<string>(key, TryPath, "a path", out var value) ? value : "";

    public string? OptionalFilePath(string key) => OptionalValue<string>(key, TryPath, "a path");

    private T Bounded<T>(string key, ValueParser<T> parser, string expected, T least, T most, T? fallback)
        where T : struct
    {
        var node = ScalarOf(key, isRequired: fallback is null);
        return node is not null && TryParse<T>(node, YamlTree.Join(Path, key), Within, expected, out var value) ? value : fallback ?? least;

        bool Within(string text, out T value) =>
            parser(text, out value) && Comparer<T>.Default.Compare(value, least) >= 0 && Comparer<T>.Default.Compare(value, most) <= 0;
    }

    private static bool TryText(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= LongestText && !text.Any(char.IsControl);
    }

    private static bool TryEndpoint(string text, out string value)
    {
        value = text;
        return EndpointAddress.TryParse(text, out _);
    }

    private bool TryPath(string text, out string value)
    {
        value = "";
        if (!TryText(text, out _))
            return false;
        value = System.IO.Path.GetFullPath(text, _folder);
        return true;
    }

    private static string KebabCase(string name)
    {
        var text = new StringBuilder();
        foreach (var character in name)
        {
            if (char.IsAsciiLetterUpper(character) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(character));
        }

        return text.ToString();
    }
}
