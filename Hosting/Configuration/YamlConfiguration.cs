using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>
/// Builds a daemon's options from the file's top section. Pure: it opens nothing. It reads every key before it gives
/// up, so that all problems appear at once and no key counts as unknown that it never came to.
/// </summary>
public delegate bool ConfigurationBinder<T>(ConfigurationSection root, [MaybeNullWhen(false)] out T options);

/// <summary>A daemon's one YAML file, read strictly: never an exception for what is in it, and all problems at once.</summary>
public static class YamlConfiguration
{
    private const int MostBytes = 256 * 1024;

    /// <summary>
    /// Reads and binds a file. On false each problem is one line, "file:line: key.path: message". Options are given out
    /// only when nothing at all is wrong, so a binder may put any stand-in where a value was refused.
    /// </summary>
    public static bool TryRead<T>(
        string path,
        ConfigurationBinder<T> binder,
        [MaybeNullWhen(false)] out T options,
        out ImmutableArray<string> problems) => TryRead(path, binder, out options, out _, out problems);

    /// <summary>The same, with the bytes that it was: the file may be another by the time that it is opened again.</summary>
    public static bool TryRead<T>(
        string path,
        ConfigurationBinder<T> binder,
        [MaybeNullWhen(false)] out T options,
        out byte[] content,
        out ImmutableArray<string> problems)
    {
        options = default;
        if (!TryReadText(path, out content, out var text, out var problem))
        {
            problems = [$"{path}: {problem}"];
            return false;
        }

        return TryParse(text, path, binder, out options, out problems);
    }

    /// <summary>The same for text already read; <paramref name="path"/> names it and anchors its relative paths.</summary>
    public static bool TryParse<T>(
        string text,
        string path,
        ConfigurationBinder<T> binder,
        [MaybeNullWhen(false)] out T options,
        out ImmutableArray<string> problems)
    {
        ArgumentNullException.ThrowIfNull(binder);
        var list = new ProblemList(path);
        var tree = YamlTree.Read(text, list);
        options = default;
        // Text that is no mapping has no keys to miss.
        if (tree.Entries.Length > 0 || !list.Any)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
            var root = ConfigurationSection.Root(tree, list, folder);
            if (!binder(root, out options) && !list.Any)
                list.Add(1, "", "cannot be used");
            root.TellUnknownKeys();
        }

        problems = list.ToLines();
        if (problems.IsEmpty && options is not null)
            return true;
        options = default;
        return false;
    }

    private static bool TryReadText(string path, out byte[] content, out string text, out string problem)
    {
        content = [];
        text = "";
        problem = "";
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // One byte more than allowed tells a file that is too large, also one that does not know its length.
            var buffer = new byte[MostBytes + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > MostBytes)
                problem = $"is larger than {MostBytes / 1024} KiB";
            else
                text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content = buffer[..length]).TrimStart('\uFEFF');
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "there is no such file";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = exception is DecoderFallbackException ? "is not UTF-8 text" : $"cannot be read: {exception.Message}";
        }

        return problem.Length == 0;
    }
}
