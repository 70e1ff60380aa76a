using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>
/// Where the audit log ends, in a file of its own that is replaced after each line: what was cut off the end of the log
/// is missed by it.
/// </summary>
/// <param name="Oldest">Number of the oldest file that rotation has left.</param>
/// <param name="File">Number of the file that is written; 0 before the first.</param>
/// <param name="Number">Of the last line.</param>
/// <param name="Hash">Of the last line; zeros before the first.</param>
internal sealed record AuditHead(ulong Oldest, ulong File, ulong Number, Bytes32 Hash)
{
    private const int MaximumLength = 1024;

    public static AuditHead None { get; } = new(1, 0, 0, default);

    public static string PathIn(string folder) => Path.Combine(folder, "head");

    public static string PathOf(string folder, ulong file) => Path.Combine(folder, $"audit-{file:D8}.log");

    /// <exception cref="IOException">It may or may not be in place.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Write(string folder) => AtomicFile.Write(PathIn(folder), Bytes());

    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool TryRead(string folder, [NotNullWhen(true)] out AuditHead? head)
    {
        head = null;
        if (new FileInfo(PathIn(folder)).Length > MaximumLength)
            return false;
        var bytes = System.IO.File.ReadAllBytes(PathIn(folder));
        try
        {
            if (JsonSerializer.Deserialize(bytes, AuditJson.Default.AuditHeadDocument) is { } read
                && read.Hash.Length == 64
                && Convert.FromHexString(read.Hash) is { } hash
                && Bytes32.TryCreate(hash, out var value))
            {
                head = new AuditHead(read.Oldest, read.File, read.Number, value);
            }
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return false;
        }

        // Only what would be written alike: no byte of it is free to change.
        return head is not null && bytes.AsSpan().SequenceEqual(head.Bytes());
    }

    private byte[] Bytes() =>
        [.. JsonSerializer.SerializeToUtf8Bytes(new AuditHeadDocument(Oldest, File, Number, Hash.ToHex()), AuditJson.Default.AuditHeadDocument), (byte)'\n'];
}

/// <summary>The JSON of the head file.</summary>
internal sealed record AuditHeadDocument(ulong Oldest, ulong File, ulong Number, string Hash);
