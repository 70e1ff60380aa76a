using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>
/// Splits what follows a keyword into positional arguments and KEY=value ones (the value bare or quoted), as events and
/// PROTOCOLINFO lines have them. What does not fit the grammar is left out: new tors add fields.
/// </summary>
internal sealed class ArgumentReader
{
    private readonly Dictionary<string, string> _named = new(StringComparer.Ordinal);

    public ArgumentReader(string text)
    {
        var positional = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == ' ')
            {
                i++;
                continue;
            }

            var name = NameAt(text, i);
            if (name.Length > 0 && text.AsSpan(i + name.Length + 1).StartsWith('"'))
            {
                // Where a broken string ends, nobody knows.
                if (!QuotedString.TryRead(text, i + name.Length + 1, out var quoted, out var next))
                    break;
                _named.TryAdd(name, quoted);
                i = next;
                continue;
            }

            var end = text.IndexOf(' ', i);
            if (end < 0)
                end = text.Length;
            if (name.Length > 0)
                _named.TryAdd(name, text[(i + name.Length + 1)..end]);
            else
                positional.Add(text[i..end]);
            i = end;
        }

        Positional = positional.ToImmutable();
    }

    public ImmutableArray<string> Positional { get; }

    public string? Named(string name) => _named.GetValueOrDefault(name);

    /// <summary>The name in front of "=" when one begins at <paramref name="start"/>, else empty.</summary>
    private static string NameAt(string text, int start)
    {
        var i = start;
        while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '_'))
            i++;
        return i > start && i < text.Length && text[i] == '=' ? text[start..i] : "";
    }
}
