using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Hosting.Files;

/// <summary>Whether this process could make a file in a folder: its rights there, and whether the medium can be written at all.</summary>
public static class WritableFolder
{
    /// <summary>Changes nothing. On false, <paramref name="problem"/> is one line that begins with the folder.</summary>
    public static bool TryCheck(string folder, [NotNullWhen(false)] out string? problem)
    {
        problem = LibC.Access(LibC.AtCurrentDirectory, folder, LibC.WriteAndSearch, LibC.AsEffectiveUser) == 0
            ? null
            : $"{folder} cannot be written by {LibC.UserName(LibC.EffectiveUser())}: {LibC.LastError()}";
        return problem is null;
    }
}
