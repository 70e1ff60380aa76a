using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>
/// The append-only log of all that was asked of this Signer and what became of it. A line counts as written when it and
/// the head that names it are synced to disk. Thread-safe.
/// </summary>
internal sealed class AuditLog(string folder, TimeProvider time, long fileLength = AuditLog.DefaultFileLength, uint files = AuditLog.DefaultFiles) : IDisposable
{
    public const long DefaultFileLength = 4 << 20;
    public const uint DefaultFiles = 32;

    private const string SeeVerify = "'onionbalance-signer audit verify' tells more; restore the audit folder";

    private readonly Lock _gate = new();
    private AuditHead _head = AuditHead.None;
    private FileStream? _file;

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

    /// <summary>
    /// Appends a line; its number and time are set here. On false nothing may be released: what reached the disk is
    /// unknown, and the next call looks.
    /// </summary>
    public bool TryAppend(AuditEntry entry, [NotNullWhen(false)] out string? fault)
    {
        lock (_gate)
        {
            try
            {
                fault = Open(out var healed);
                if (fault is not null)
                    return false;
                if (_file is null || _file.Length + AuditLine.MaximumLength > fileLength)
                    Rotate();
                if (healed is not null)
                    Append(new AuditEntry(0, default, AuditEvent.Healed) { Detail = healed });
                Append(entry);
                return true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Close();
                fault = $"the audit log in {folder} cannot be written: {exception.Message}";
                return false;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
            Close();
    }

    /// <summary>
    /// Takes the log up where it ends. A crash leaves one unconfirmed line at most, whole or in part, or a new file that
    /// holds no more: that is removed and told; anything else is a fault.
    /// </summary>
    private string? Open(out string? healed)
    {
        healed = null;
        if (_file is not null)
            return null;
        if (!File.Exists(AuditHead.PathIn(folder)) || !AuditHead.TryRead(folder, out var head))
            return $"{AuditHead.PathIn(folder)} is missing or damaged: restore the audit folder";
        AtomicFile.RemoveLeftovers(folder);
        _head = head;
        var next = new FileInfo(AuditHead.PathOf(folder, head.File + 1));
        if (next.Exists && next.Length > AuditLine.MaximumLength)
            return $"{next.FullName} is past the end of the audit log: {SeeVerify}";
        if (next.Exists)
        {
            healed = $"{next.Name} was removed: its {next.Length} bytes were not confirmed";
            next.Delete();
        }

        return head.File == 0 ? null : Resume(ref healed);
    }

    private string? Resume(ref string? healed)
    {
        var path = AuditHead.PathOf(folder, _head.File);
        if (!File.Exists(path))
            return $"{path} is missing: restore the audit folder";
        var bytes = File.ReadAllBytes(path);
        var confirmed = AuditChain.Follow(bytes, null, _head).HeadLength;
        if (confirmed < 0)
            return $"{path} was changed or cut before line number {_head.Number}, the last that was written: {SeeVerify}";
        var excess = bytes.Length - confirmed;
        if (excess > AuditLine.MaximumLength)
            return $"{path} goes on after line number {_head.Number}, the last that was written: {SeeVerify}";
        _file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (excess > 0)
        {
            healed = $"{excess} bytes after line number {_head.Number} were removed: they were not confirmed";
            _file.SetLength(confirmed);
        }

        _file.Seek(0, SeekOrigin.End);
        return null;
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
        Append(new AuditEntry(0, default, AuditEvent.Opened) { Previous = _head.Hash.ToHex() });
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
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
