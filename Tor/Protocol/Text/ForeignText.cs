using System.Globalization;

namespace OnionBalance.Split.Tor.Protocol.Text;

/// <summary>What a peer or a tor writes for people: shown in part at most, on one line, and without what moves a terminal.</summary>
public static class ForeignText
{
    private const int Most = 200;

    /// <param name="most">In characters.</param>
    public static string Bounded(string text, int most = Most)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new([.. text.Take(most).Select(character => IsShown(character) ? character : ' ')]);
    }

    private static bool IsShown(char character) =>
        !char.IsControl(character)
        && char.GetUnicodeCategory(character) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
