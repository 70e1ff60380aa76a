using System.Security.Cryptography;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Hosting;

/// <summary>
/// Replaces or makes a file so that after a crash at any moment it has either its old or its new content, and once
/// <see cref="Write"/> or <see cref="Create"/> has returned, the new one.
/// </summary>
public static class AtomicFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>For what holds no secret and is carried to another user.</summary>
    public const UnixFileMode ReadableByAll = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const string TemporarySuffix = ".obs-tmp";

    /// <summary>Writes, syncs, renames over <paramref name="path"/> and syncs the directory.</summary>
    /// <exception cref="IOException">The content may or may not be in place; never half of it.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = OwnerOnly) =>
        Put(path, content, mode, (temporary, target) => File.Move(temporary, target, overwrite: true));

    /// <summary>The same for a file that must not be there yet: whatever is there, even since a moment ago, stays.</summary>
    /// <exception cref="IOException">It is there already, or cannot be written; nothing of it is left.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content, UnixFileMode mode = OwnerOnly)
    {
        var isMade = false;
        try
        {
            Put(path, content, mode, (temporary, target) =>
            {
                // File.Move looks first and renames then: a file made in between would be lost.
                if (LibC.Rename(LibC.AtCurrentDirectory, temporary, LibC.AtCurrentDirectory, target, LibC.NoReplace) != 0)
                    throw new IOException($"{target}: {LibC.LastError()}");
                isMade = true;
            });
        }
        catch when (isMade)
        {
            // Whoever is told that it was not made must not find it there.
            TryDelete(path);
            throw;
        }
    }

    /// <summary>
    /// Deletes what writes cut short by a crash left in a folder. For its one owner alone, at start: a write in progress
    /// elsewhere would lose its file.
    /// </summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var leftover in Directory.EnumerateFiles(folder, $".*{TemporarySuffix}"))
            TryDelete(leftover);
    }

    /// <summary>True for the temporary files of writes: to be skipped by who lists a folder.</summary>
    public static bool IsTemporary(string path) =>
        Path.GetFileName(path) is ['.', ..] name && name.EndsWith(TemporarySuffix, StringComparison.Ordinal);

    private static void Put(string path, ReadOnlySpan<byte> content, UnixFileMode mode, Action<string, string> putInPlace)
    {
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new IOException($"{path} is not a file's path");
        var temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}{TemporarySuffix}");
        try
        {
            WriteSynced(temporary, content, mode);
            putInPlace(temporary, target);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }

        SyncDirectory(folder);
    }

    private static void WriteSynced(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        // Open to the owner alone while it is written, whatever it becomes: a wide umask must not show half a secret.
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        });
        file.Write(content);
        if (mode != OwnerOnly)
            File.SetUnixFileMode(file.SafeFileHandle, mode);
        file.Flush(flushToDisk: true);
    }

    private static void SyncDirectory(string folder)
    {
        var descriptor = LibC.Open(folder, LibC.ReadOnlyAndCloseOnExec);
        if (descriptor < 0)
            throw new IOException($"{folder}: cannot be opened to sync it: {LibC.LastError()}");
        try
        {
            if (LibC.Sync(descriptor) != 0)
                throw new IOException($"{folder}: cannot be synced: {LibC.LastError()}");
        }
        finally
        {
            _ = LibC.Close(descriptor);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is ignored by its name and removed at the next start.
        }
    }
}
