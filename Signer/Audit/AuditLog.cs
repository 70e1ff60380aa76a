using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>
/// The append-only log of all that was asked of this Signer and what became of it. A line counts as written when it and
/// the head that names it are synced to disk. Thread-safe.
/// </summary>
internal sealed class AuditLog(string folder, TimeProvider time, long fileLength = AuditLog.DefaultFileLength, uint files = AuditLog.DefaultFiles) : IDisposable
{
    public const long DefaultFileLength = 4 << 20;
    public const uint DefaultFiles = 32;

    /// <summary>What to do about a log that is missing or damaged.</summary>
    internal const string WayBack = "restore the audit folder, or stop the Signer and run 'onionbalance-signer audit create --accept-lost-log'";

    private const string SeeVerify = "'onionbalance-signer audit verify' tells more; restore the audit folder";
    private const string WayBackFromOld = "Restore the newest, or stop the Signer and run 'onionbalance-signer audit create --accept-lost-log'";

    private readonly Lock _gate = new();
    private AuditHead _head = AuditHead.None;
    private StateSerials _serials = StateSerials.None;
    private FileStream? _file;
    private string? _healed;

    /// <summary>The last line that any state knows of: a log that ends before it is an older one.</summary>
    public Func<KnownLine> KnownToStates { get; init; } = () => default;

    /// <summary>In the state directory.</summary>
    public static string FolderIn(string stateDirectory) => Path.Combine(stateDirectory, "audit");

    /// <summary>Makes an empty log; one that is there stays as it is.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Create(string folder)
    {
        Directory.CreateDirectory(folder, AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
        if (!File.Exists(AuditHead.PathIn(folder)))
            AuditHead.None.Write(folder);
    }

    /// <summary>Makes a log in the place of a lost one, which goes on from <paramref name="known"/> and says so in its first lines.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void BeginAnew(string folder, TimeProvider time, AuditMemory known, string detail)
    {
        Directory.CreateDirectory(folder, AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
        (AuditHead.None with { Number = known.Number }).Write(folder);
        using var log = new AuditLog(folder, time) { _serials = known.Serials };
        if (!log.TryAppend(new AuditEntry(0, default, AuditEvent.BegunAnew) { Detail = detail }, out var refused))
            throw new IOException(refused.Detail);
    }

    /// <summary>
    /// Appends a line; its number and time are set here. On false nothing may be released: what reached the disk is
    /// unknown, and the next call looks.
    /// </summary>
    public bool TryAppend(AuditEntry entry, [NotNullWhen(false)] out NotSigned? refused) => TryUse(() => AppendAndRotate(entry), out refused);

    /// <summary>What it knows so far of the services' states.</summary>
    public bool TryRecall([NotNullWhen(true)] out AuditMemory? memory, [NotNullWhen(false)] out NotSigned? refused)
    {
        AuditMemory? known = null;
        var used = TryUse(() => known = new AuditMemory(_head.Number, _serials), out refused);
        memory = known;
        return used;
    }

    public void Dispose()
    {
        lock (_gate)
            Close();
    }

    private bool TryUse(Action use, [NotNullWhen(false)] out NotSigned? refused)
    {
        lock (_gate)
        {
            try
            {
                refused = Open() is { } fault ? new NotSigned(SignRefusal.AuditLost, fault) : null;
                if (refused is null)
                    use();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Close();
                refused = new NotSigned(SignRefusal.AuditUnavailable, $"the audit log in {folder} cannot be written: {exception.Message}");
            }

            return refused is null;
        }
    }

    /// <summary>
    /// Takes the log up where it ends. A crash leaves one unconfirmed line at most, whole or in part, or a new file that
    /// holds no more: that is removed and told; anything else is a fault.
    /// </summary>
    private string? Open()
    {
        if (_file is not null)
            return null;
        if (!File.Exists(AuditHead.PathIn(folder)) || !AuditHead.TryRead(folder, out var head))
            return $"{AuditHead.PathIn(folder)} is missing or damaged: {WayBack}";
        // Before anything is appended: with new lines an old log would reach any number.
        if (KnownToStates() is var known && known.Number > head.Number)
            return $"the audit log in {folder} is an old one: its last line is number {head.Number}, and the state of {known.Service} knows of number {known.Number}. {WayBackFromOld}";
        AtomicFile.RemoveLeftovers(folder);
        _head = head;
        RemoveDropped();
        var next = new FileInfo(AuditHead.PathOf(folder, head.File + 1));
        if (next.Exists && next.Length > AuditLine.MaximumLength)
            return $"{next.FullName} is past the end of the audit log: {SeeVerify}";
        if (next.Exists)
        {
            Heal($"{next.Name} was removed: its {next.Length} bytes were not confirmed");
            next.Delete();
        }

        return head.File == 0 ? null : Resume();
    }

    /// <summary>Files that a rotation had taken out of the log when a crash kept it from deleting them.</summary>
    private void RemoveDropped()
    {
        for (var file = _head.Oldest; file > 1 && AuditHead.PathOf(folder, file - 1) is var dropped && File.Exists(dropped); file--)
        {
            File.Delete(dropped);
            Heal($"{Path.GetFileName(dropped)} was removed: the log had dropped it");
        }
    }

    private string? Resume()
    {
        var path = AuditHead.PathOf(folder, _head.File);
        if (!File.Exists(path))
            return $"{path} is missing: {WayBack}";
        var bytes = File.ReadAllBytes(path);
        var trace = AuditChain.Follow(bytes, null, _head);
        if (trace.HeadLength < 0)
            return $"{path} was changed or cut before line number {_head.Number}, the last that was written: {SeeVerify}";
        var excess = bytes.Length - trace.HeadLength;
        if (excess > AuditLine.MaximumLength)
            return $"{path} goes on after line number {_head.Number}, the last that was written: {SeeVerify}";
        _serials = trace.Serials;
        _file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (excess > 0)
        {
            Heal($"{excess} bytes after line number {_head.Number} were removed: they were not confirmed");
            _file.SetLength(trace.HeadLength);
        }

        _file.Seek(0, SeekOrigin.End);
        return null;
    }

    /// <summary>To be told in the next line.</summary>
    private void Heal(string what) => _healed = _healed is null ? what : $"{_healed}; {what}";

    private void AppendAndRotate(AuditEntry entry)
    {
        if (_file is null || _file.Length + AuditLine.MaximumLength > fileLength)
            Rotate();
        if (_healed is not null)
            Append(new AuditEntry(0, default, AuditEvent.Healed) { Detail = _healed });
        _healed = null;
        Append(entry);
    }

    private void Rotate()
    {
        Close();
        var file = _head.File + 1;
        _file = new FileStream(AuditHead.PathOf(folder, file), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
            UnixCreateMode = AtomicFile.OwnerOnly,
        });
        var oldest = file > files ? Math.Max(_head.Oldest, file - files + 1) : _head.Oldest;
        var dropped = _head.Oldest;
        _head = _head with { File = file, Oldest = oldest };
        Append(new AuditEntry(0, default, AuditEvent.Opened) { Previous = _head.Hash.ToHex(), Serials = _serials.ToTexts() });
        for (; dropped < oldest; dropped++)
            File.Delete(AuditHead.PathOf(folder, dropped));
    }

    private void Append(AuditEntry entry)
    {
        var line = AuditLine.Write(entry with { Number = _head.Number + 1, Time = time.GetUtcNow() }, _head.Hash, out var hash);
        _file!.Write(line);
        _file.Flush(flushToDisk: true);
        _head = _head with { Number = _head.Number + 1, Hash = hash };
        _head.Write(folder);
        if (entry is { State: { } state, Serial: { } serial })
            _serials = _serials.With(state, serial);
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
