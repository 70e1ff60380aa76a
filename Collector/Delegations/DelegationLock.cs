using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>Keeps two verbs from changing the delegations at once, and what a crash left half written from staying there.</summary>
internal static class DelegationLock
{
    private const string Name = ".lock";

    /// <summary>Held until disposed.</summary>
    /// <exception cref="DaemonException">Another verb holds it, or the folder belongs to somebody else.</exception>
    internal static IDisposable Take(string stateDirectory, DelegationFolder folder)
    {
        var root = DelegationFolder.RootIn(stateDirectory);
        var path = Path.Combine(root, Name);
        FileStream held;
        try
        {
            folder.Create();
            held = LockFile.Hold(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{root} cannot be used: run this as the collector's user, and no second verb at the same time: {exception.Message}", exception);
        }

        // Of another user the running collector could read nothing.
        if (!FileTrust.TryCheckPrivateFile(path, out var problem))
        {
            held.Dispose();
            throw new DaemonException($"{problem}. Run this as the collector's user");
        }

        AtomicFile.RemoveLeftovers(folder.Path);
        return held;
    }
}
