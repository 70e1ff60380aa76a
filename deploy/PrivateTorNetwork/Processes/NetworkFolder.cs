using System.Diagnostics;

namespace OnionBalance.Split.PrivateTorNetwork.Processes;

/// <summary>A folder that is removed at the end: by its owner, or by a small watcher when the owner was killed.</summary>
public sealed class NetworkFolder : IDisposable
{
    private readonly bool _keep;
    private readonly Process? _watcher;
    private int _disposed;

    private NetworkFolder(string path, bool keep, Process? watcher)
    {
        Path = path;
        _keep = keep;
        _watcher = watcher;
    }

    public string Path { get; }

    public static NetworkFolder Create(string? parent, string prefix, bool keep)
    {
        // Owner-only, as tor demands of the folders of its onion services. Short, as unix socket paths must be.
        var path = parent is null
            ? Directory.CreateTempSubdirectory(prefix).FullName
            : Directory.CreateDirectory(
                System.IO.Path.Combine(parent, prefix + Guid.NewGuid().ToString("N")[..8]),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        return new NetworkFolder(path, keep, keep ? null : StartWatcher(path));
    }

    public void Dispose()
    {
        if (_keep || Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A process that has just been killed may still have written; the watcher tries once more.
        }

        _watcher!.StandardInput.Close();
        _watcher.Dispose();
    }

    // Waits a moment, so that the processes in the folder are gone before it is.
    private static Process StartWatcher(string path)
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, WorkingDirectory = "/" };
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec >/dev/null 2>&1; read -r word; sleep 1; rm -rf -- \"$1\"");
        start.ArgumentList.Add("onionbalance-sweep");
        start.ArgumentList.Add(path);
        return Process.Start(start)!;
    }
}
