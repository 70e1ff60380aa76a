namespace OnionBalance.Split.Hosting.Files;

/// <summary>A file that keeps every other process out of a folder while it is held; it stays when it is let go.</summary>
public static class LockFile
{
    /// <summary>EWOULDBLOCK, of flock.</summary>
    private const int WouldBlock = 11;

    /// <summary>Whether <see cref="Hold"/> failed since another process holds it.</summary>
    public static bool IsHeldElsewhere(Exception exception) => exception is IOException { HResult: WouldBlock };

    /// <summary>Held until disposed; made when missing, for the owner alone.</summary>
    /// <exception cref="IOException">Another holds it, or it cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static FileStream Hold(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        UnixCreateMode = AtomicFile.OwnerOnly,
    });
}
