using System.Diagnostics.CodeAnalysis;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.State;

/// <summary>
/// The Signer's state directory: a file per service, a lock that keeps a second Signer out, and a mark that tells a first
/// start from a loss. As long as the mark is not there, nothing was ever signed from this directory, and the services'
/// files are created; from then on a file that is missing was lost, and its service does not sign.
/// </summary>
internal sealed class StateFolder : IDisposable
{
    internal const string MarkName = "initialised";
    private const string LockName = "lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _lock;

    private StateFolder(string path, FileStream held, bool isFirstStart)
    {
        Path = path;
        _lock = held;
        IsFirstStart = isFirstStart;
    }

    public string Path { get; }

    /// <summary>True when the services' files were created by this start.</summary>
    public bool IsFirstStart { get; }

    /// <summary>
    /// Takes the directory for this process; on the first start, creates it and a file for each service, then the mark.
    /// On false, <paramref name="fault"/> says in one line what is in the way.
    /// </summary>
    public static bool TryOpen(
        string path,
        IReadOnlyCollection<OnionAddress> services,
        DateTimeOffset now,
        [NotNullWhen(true)] out StateFolder? folder,
        [NotNullWhen(false)] out string? fault)
    {
        folder = null;
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            held = new FileStream(System.IO.Path.Combine(path, LockName), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            });
            AtomicFile.RemoveLeftovers(path);
            var isFirstStart = !File.Exists(System.IO.Path.Combine(path, MarkName));
            if (isFirstStart)
                CreateAll(path, services, now);
            folder = new StateFolder(path, held, isFirstStart);
            fault = null;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            fault = Redact($"state_directory {path} cannot be used (is another Signer running on it?): {exception.Message}", services);
            return false;
        }
    }

    /// <summary>The file of one service.</summary>
    public static string FileOf(string folder, OnionAddress service) => System.IO.Path.Combine(folder, service.Label + ".state");

    /// <summary>Creates the empty state of one service; false when it has one already.</summary>
    public static bool TryCreate(string folder, OnionAddress service)
    {
        var file = FileOf(folder, service);
        if (File.Exists(file))
            return false;
        AtomicFile.Write(file, SigningStateFile.Write(SigningState.Empty(service)), OwnerOnly);
        return true;
    }

    /// <summary>The files bear the services' addresses; what is logged or sent must not.</summary>
    public static string Redact(string message, IEnumerable<OnionAddress> services) =>
        services.Aggregate(message, (text, service) => text.Replace(service.Label, service.ToString(), StringComparison.Ordinal));

    public void Dispose() => _lock.Dispose();

    private static void CreateAll(string path, IEnumerable<OnionAddress> services, DateTimeOffset now)
    {
        foreach (var service in services)
            TryCreate(path, service);
        AuditLog.Create(AuditLog.FolderIn(path));
        AtomicFile.Write(
            System.IO.Path.Combine(path, MarkName),
            Encoding.UTF8.GetBytes($"First start of onionbalance-signer on this directory: {now:u}\nFrom then on, a service whose .state file is missing here does not sign.\n"),
            OwnerOnly);
    }
}
