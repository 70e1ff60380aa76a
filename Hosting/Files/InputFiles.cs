namespace OnionBalance.Split.Hosting.Files;

/// <summary>Files named on a command line, "-" for standard input, read whole up to a bound.</summary>
public static class InputFiles
{
    public const string StandardInput = "-";

    /// <param name="paths">In the order in which they are read.</param>
    /// <param name="mostBytes">In all of them together.</param>
    /// <exception cref="DaemonException">One cannot be read, or they are longer than that.</exception>
    public static IReadOnlyList<(string Name, byte[] Content)> Read(IReadOnlyList<string> paths, int mostBytes)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var files = new List<(string, byte[])>();
        var left = mostBytes;
        foreach (var path in paths)
        {
            var name = path == StandardInput ? "standard input" : path;
            var content = Read(path, name, left);
            left -= content.Length;
            files.Add((name, content));
        }

        return files;
    }

    private static byte[] Read(string path, string name, int most)
    {
        var buffer = new byte[most + 1];
        try
        {
            using var stream = path == StandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length <= most ? buffer[..length] : throw new DaemonException($"{name} is longer than anything that belongs here");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{name} cannot be read: {exception.Message}", exception);
        }
    }
}
