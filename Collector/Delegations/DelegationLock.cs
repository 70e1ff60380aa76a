using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>Keeps two verbs from changing the delegations at once, and what a crash left half written from staying there.</summary>
internal static class DelegationLock
{
    private const string Name = ".lock";

    /// <summary>Held until disposed.</summary>
    /// <exception cref="DaemonException">Another verb holds it, or the state directory belongs to somebody else.</exception>
    internal static IDisposable Take(string stateDirectory, DelegationFolder folder)
    {
        StateDirectory.CheckOwner(stateDirectory);
        var root = DelegationFolder.RootIn(stateDirectory);
        FileStream held;
        try
        {
            folder.Create();
            held = LockFile.Hold(Path.Combine(root, Name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{root} cannot be used{(LockFile.IsHeldElsewhere(exception) ? " (another verb is at work on it)" : "")}: {exception.Message}", exception);
        }

        AtomicFile.RemoveLeftovers(folder.Path);
        return held;
    }
}
