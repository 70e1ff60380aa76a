using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;
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
    private const string Suffix = ".state";
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
        if (!StateDirectory.TryCheckOwner(path, out fault))
            return false;
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            held = Lock(path);
            AtomicFile.RemoveLeftovers(path);
            var isFirstStart = !IsInitialised(path);
            if (isFirstStart)
                CreateAll(path, services, now);
            folder = new StateFolder(path, held, isFirstStart);
            fault = null;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            fault = Redact($"state_directory {path} cannot be used{(LockFile.IsHeldElsewhere(exception) ? " (another Signer or verb is at work on it, and must be stopped first)" : "")}: {exception.Message}", services);
            return false;
        }
    }

    /// <summary>Keeps every other Signer and verb out that needs it, until it is disposed.</summary>
    /// <exception cref="IOException">Another has it, or it cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static FileStream Lock(string path) => LockFile.Hold(System.IO.Path.Combine(path, LockName));

    /// <summary>Whether a Signer has ever started on this directory.</summary>
    /// <exception cref="IOException">That cannot be told.</exception>
    /// <exception cref="UnauthorizedAccessException">That cannot be told by who may not look into it.</exception>
    public static bool IsInitialised(string path)
    {
        try
        {
            _ = File.GetAttributes(System.IO.Path.Combine(path, MarkName));
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>For the verbs that look after what a Signer has made there.</summary>
    /// <exception cref="DaemonException">None has started there yet.</exception>
    /// <exception cref="IOException">That cannot be told.</exception>
    /// <exception cref="UnauthorizedAccessException">That cannot be told by who may not look into it.</exception>
    public static void CheckInitialised(string path)
    {
        if (!IsInitialised(path))
            throw new DaemonException($"no Signer has started on the state directory {path} yet: the first 'run' or 'delegate' makes the audit log and a state for each service there");
    }

    /// <summary>Where what an operator gave up is kept.</summary>
    public static string LostName(string path, DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"{path}.lost-{now:yyyyMMdd'T'HHmmss'Z'}");

    /// <summary>The file of one service.</summary>
    public static string FileOf(string folder, OnionAddress service) => System.IO.Path.Combine(folder, service.Label + Suffix);

    /// <summary>The folder's audit log, which no state of these services may be ahead of.</summary>
    public static AuditLog AuditLogIn(string path, IReadOnlyCollection<OnionAddress> services, TimeProvider time) =>
        new(AuditLog.FolderIn(path), time) { KnownToStates = () => LastKnown(SoundStates(path, services)) };

    /// <summary>The last line of the audit log that any of them knows of.</summary>
    public static KnownLine LastKnown(IEnumerable<SigningState> states) =>
        states.Select(state => new KnownLine(state.AuditNumber, state.Service)).DefaultIfEmpty().MaxBy(line => line.Number);

    /// <summary>Those of these services that are there and whole; a file that another Signer or service left says nothing.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static IEnumerable<SigningState> SoundStates(string folder, IEnumerable<OnionAddress> services)
    {
        foreach (var service in services)
        {
            var file = FileOf(folder, service);
            if (File.Exists(file) && SigningStateFile.TryRead(File.ReadAllBytes(file), service, out var state, out _))
                yield return state;
        }
    }

    /// <summary>The files bear the services' addresses; what is logged or sent must not.</summary>
    public static string Redact(string message, IEnumerable<OnionAddress> services) =>
        services.Aggregate(message, (text, service) => text.Replace(service.Label, service.ToString(), StringComparison.Ordinal));

    public void Dispose() => _lock.Dispose();

    private static void CreateAll(string path, IEnumerable<OnionAddress> services, DateTimeOffset now)
    {
        foreach (var service in services.Where(service => !File.Exists(FileOf(path, service))))
            AtomicFile.Write(FileOf(path, service), SigningStateFile.Write(SigningState.Empty(service)));
        AuditLog.Create(AuditLog.FolderIn(path));
        AtomicFile.Write(
            System.IO.Path.Combine(path, MarkName),
            Encoding.UTF8.GetBytes($"First start of onionbalance-signer on this directory: {now:u}\nFrom then on, a service whose .state file is missing here does not sign.\n"),
            OwnerOnly);
    }
}
