using System.Collections.Immutable;
using System.Text;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>A request or bundle out of what a person gives: the file itself, or one or more files of its parts.</summary>
public static class DelegationInput
{
    /// <summary>Of all files together: parts are not twice as long as what they carry, and each may have been read twice.</summary>
    public const int MostBytes = 4 * DelegationText.MostBytes;

    /// <summary>The file's text, not yet looked into. On false, <paramref name="problems"/> tell all that is wrong with the parts.</summary>
    /// <param name="files">At least one, each with the name to tell a problem by.</param>
    public static bool TryGather(IReadOnlyList<(string Name, byte[] Content)> files, out byte[] text, out ImmutableArray<string> problems)
    {
        ArgumentNullException.ThrowIfNull(files);
        problems = [];
        if (files is not [var only] || only.Content.AsSpan().IndexOf(Encoding.ASCII.GetBytes(DelegationPart.Heading)) >= 0)
            return DelegationParts.TryJoin(files.SelectMany(file => Lines(file.Name, file.Content)), out text, out problems);
        text = only.Content;
        return true;
    }

    private static IEnumerable<(string Place, string Text)> Lines(string name, byte[] content) =>
        Encoding.Latin1.GetString(content).Split('\n').Select((line, index) => ($"{name} line {index + 1}", line));
}
