using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>A file that must not be there yet, in a folder that nobody else can change.</summary>
internal static class NewFile
{
    /// <summary>Whether the file could be made; changes nothing.</summary>
    public static bool TryCheckRoom(string path, [NotNullWhen(false)] out string? fault)
    {
        if (IsThere(path))
            fault = $"{path} exists already and is not overwritten: choose another name";
        else if (Path.GetDirectoryName(path) is not { } folder)
            fault = $"{path} is not a file's path";
        else if (!Directory.Exists(folder))
            fault = $"{folder} is no folder: make it first, with mode 0700";
        else if (FileTrust.TryCheckDirectory(folder, out fault) && WritableFolder.TryCheck(folder, out fault))
            return true;
        return false;
    }

    /// <param name="path">An absolute path.</param>
    /// <param name="content">The whole of it.</param>
    /// <param name="fault">On false, one line that names the file.</param>
    /// <param name="mode">Who may read it.</param>
    public static bool TryWrite(string path, ReadOnlySpan<byte> content, [NotNullWhen(false)] out string? fault, UnixFileMode mode = AtomicFile.OwnerOnly)
    {
        try
        {
            AtomicFile.Create(path, content, mode);
            fault = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"{path} cannot be written: {exception.Message}";
        }

        return fault is null;
    }

    /// <summary>A link that leads nowhere is there, too.</summary>
    public static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
