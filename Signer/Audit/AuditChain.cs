using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>How far the lines of one file could be followed.</summary>
/// <param name="Number">Of the last sound line.</param>
/// <param name="Hash">Of the last sound line.</param>
/// <param name="Lines">Sound lines in this file.</param>
/// <param name="SoundLength">Bytes up to the end of the last sound line.</param>
internal sealed record AuditTrace(ulong Number, Bytes32 Hash, int Lines, int SoundLength)
{
    /// <summary>Bytes up to the end of the line that the head names; -1 when that line is not among them.</summary>
    public int HeadLength { get; init; } = -1;

    /// <summary>As of the last sound line.</summary>
    public StateSerials Serials { get; init; } = StateSerials.None;
}

/// <summary>Follows the chain through the files of an audit log.</summary>
internal static class AuditChain
{
    /// <summary>Reads a log whole. On false, <paramref name="fault"/> names file and line at fault.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static bool TryVerify(string folder, [NotNullWhen(true)] out AuditHead? head, [NotNullWhen(false)] out string? fault)
    {
        if (!AuditHead.TryRead(folder, out head))
        {
            fault = $"{AuditHead.PathIn(folder)}: line 1 is changed or damaged";
            return false;
        }

        fault = FaultOfFiles(folder, head);
        (ulong Number, Bytes32 Hash)? last = null;
        for (var file = head.Oldest; fault is null && file <= head.File; file++)
        {
            var path = AuditHead.PathOf(folder, file);
            var bytes = File.ReadAllBytes(path);
            var trace = Follow(bytes, last, head);
            if (trace.Lines == 0 && last is not null)
                fault = $"{path}: line 1 does not follow from the last line of {AuditHead.PathOf(folder, file - 1)}: it was changed, or the end of that file was cut";
            else if (trace.SoundLength < bytes.Length || trace.Lines == 0)
                fault = $"{path}: line {trace.Lines + 1} does not follow from the line before it: it was changed, inserted or cut, or one before it was removed";
            else if (file == head.File && trace.HeadLength < 0)
                fault = $"{path}: line {trace.Lines + 1} is missing: the log ends with line number {trace.Number}, and number {head.Number} was written";
            else if (file == head.File && trace.HeadLength < bytes.Length)
                fault = $"{path}: line {trace.Lines} is past the last one that is confirmed, number {head.Number}: it was inserted, or the Signer was killed there, and its next start records that";
            last = (trace.Number, trace.Hash);
        }

        return fault is null;
    }

    /// <summary>
    /// Follows the lines of one file, from the line before it, or, for the oldest file, from what its first line says of
    /// it. Stops at the first line that is not sound.
    /// </summary>
    public static AuditTrace Follow(ReadOnlySpan<byte> bytes, (ulong Number, Bytes32 Hash)? before, AuditHead head)
    {
        var trace = new AuditTrace(before?.Number ?? 0, before?.Hash ?? default, 0, 0);
        while (bytes[trace.SoundLength..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            var line = bytes.Slice(trace.SoundLength, length);
            if (trace.Lines == 0 && before is null && AuditLine.TryParse(line, out var first) && first.Number > 0 && TryHex(first.Previous, out var previous))
                trace = trace with { Number = first.Number - 1, Hash = previous };
            if (!AuditLine.TryRead(line, trace.Hash, out var entry, out var hash)
                || entry.Number != trace.Number + 1
                || entry.Event is AuditEvent.Opened != (trace.Lines == 0)
                || (trace.Lines == 0 && entry.Previous != trace.Hash.ToHex()))
            {
                break;
            }

            var end = trace.SoundLength + length + 1;
            trace = new AuditTrace(entry.Number, hash, trace.Lines + 1, end)
            {
                HeadLength = entry.Number == head.Number && hash == head.Hash ? end : trace.HeadLength,
                Serials = SerialsAfter(trace.Serials, entry),
            };
        }

        return trace;
    }

    private static StateSerials SerialsAfter(StateSerials before, AuditEntry entry) => entry switch
    {
        { Event: AuditEvent.Opened, Serials: { } serials } => StateSerials.From(serials),
        { State: { } state, Serial: { } serial } => before.With(state, serial),
        _ => before,
    };

    private static string? FaultOfFiles(string folder, AuditHead head)
    {
        if (head.Oldest == 0 || head.Oldest > head.File + 1)
            return $"{AuditHead.PathIn(folder)}: line 1 is changed or damaged";
        var there = Directory.EnumerateFiles(folder, "audit-*.log").ToHashSet(StringComparer.Ordinal);
        for (var file = head.Oldest; file <= head.File; file++)
        {
            if (!there.Remove(AuditHead.PathOf(folder, file)))
                return $"{AuditHead.PathOf(folder, file)}: line 1 is missing: the file was removed";
        }

        return there.Min(StringComparer.Ordinal) is { } foreign ? $"{foreign}: line 1 is of a file that does not belong to the log" : null;
    }

    private static bool TryHex(string? text, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[32];
        value = default;
        return text is { Length: 64 }
            && Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == 32
            && Bytes32.TryCreate(bytes, out value);
    }
}
