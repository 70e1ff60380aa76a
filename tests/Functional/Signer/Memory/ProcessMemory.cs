using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace OnionBalance.Split.Tests.Functional.Signer.Memory;

/// <summary>A run of bytes to look for, and what it would give away.</summary>
internal sealed record Needle(string What, byte[] Bytes);

/// <summary>One line of /proc/PID/maps.</summary>
/// <param name="Flags">VmFlags of smaps: "lo" is locked, "dd" is left out of core dumps.</param>
internal sealed record Mapping(long Start, long End, string Permissions, string Name, ImmutableHashSet<string> Flags)
{
    /// <summary>As libsodium's guarded memory is.</summary>
    public bool IsGuarded => Flags.Contains("lo") && Flags.Contains("dd");

    public override string ToString() => $"{Start:x}-{End:x} {Permissions} {Name} [{string.Join(' ', Flags)}]";
}

/// <summary>Where a needle lies.</summary>
internal sealed record Find(string What, long Address, Mapping Where)
{
    public override string ToString() => $"{What} at {Address:x} in {Where}";
}

/// <summary>
/// What the kernel shows of a process's memory: every page that is present or swapped out, of every mapping, whatever its
/// permissions (/proc/PID/mem reads what is mapped PROT_NONE too).
/// </summary>
internal sealed class ProcessMemory
{
    private const int Page = 4096;
    private const int Chunk = 1024 * Page;

    private readonly List<Find> _finds = [];
    private readonly List<Mapping> _unreadable = [];
    private readonly IReadOnlyList<Needle> _needles;
    private readonly int _overlap;
    private readonly byte[] _buffer = new byte[Chunk];

    private ProcessMemory(IReadOnlyList<Needle> needles)
    {
        _needles = needles;
        _overlap = needles.Max(needle => needle.Bytes.Length) - 1;
    }

    public ImmutableArray<Find> Finds => [.. _finds];

    /// <summary>Those with pages that the kernel would not show.</summary>
    public ImmutableArray<Mapping> Unreadable => [.. _unreadable];

    /// <summary>Bytes looked at.</summary>
    public long Searched { get; private set; }

    public static ProcessMemory Search(int process, IReadOnlyList<Needle> needles)
    {
        var search = new ProcessMemory(needles);
        using var memory = File.OpenHandle($"/proc/{process}/mem");
        using var pages = File.OpenHandle($"/proc/{process}/pagemap");
        foreach (var mapping in Mappings(process))
        {
            foreach (var (start, end) in Present(pages, mapping))
                search.SearchRun(memory, mapping, start, end);
        }

        return search;
    }

    /// <summary>Those that hold any page; the last one, [vsyscall], lies beyond the range of offsets.</summary>
    private static List<Mapping> Mappings(int process)
    {
        var mappings = new List<Mapping>();
        Mapping? current = null;
        var holds = 0L;
        foreach (var line in File.ReadLines($"/proc/{process}/smaps"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[0] is "Rss:" or "Swap:")
                holds += long.Parse(fields[1], CultureInfo.InvariantCulture);
            else if (fields[0] == "VmFlags:" && current is not null && holds > 0)
                mappings.Add(current with { Flags = [.. fields[1..]] });
            if (fields[0].Split('-') is not [var start, var end] || !ulong.TryParse(start, NumberStyles.HexNumber, null, out var from) || from > long.MaxValue)
                continue;
            current = new Mapping((long)from, long.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture), fields[1], string.Join(' ', fields.Skip(5)), []);
            holds = 0;
        }

        return mappings;
    }

    /// <summary>Runs of pages that are in memory or in swap: reading others would only make new ones.</summary>
    private static IEnumerable<(long Start, long End)> Present(SafeFileHandle pages, Mapping mapping)
    {
        var entries = new byte[8 * 65536];
        var start = -1L;
        for (var at = mapping.Start; at < mapping.End;)
        {
            var read = RandomAccess.Read(pages, entries.AsSpan(0, (int)Math.Min(entries.Length, (mapping.End - at) / Page * 8)), at / Page * 8) / 8;
            if (read == 0)
                break;
            for (var i = 0; i < read; i++, at += Page)
            {
                var here = BinaryPrimitives.ReadUInt64LittleEndian(entries.AsSpan(8 * i)) >> 62 != 0;
                if (here && start < 0)
                    start = at;
                if (here || start < 0)
                    continue;
                yield return (start, at);
                start = -1;
            }
        }

        if (start >= 0)
            yield return (start, mapping.End);
    }

    private void SearchRun(SafeFileHandle memory, Mapping mapping, long start, long end)
    {
        for (var at = start; at < end; at += Chunk)
        {
            // A needle that lies across two chunks is read whole with the first.
            var length = (int)Math.Min(Chunk, end - at);
            var read = Read(memory, mapping, _buffer, at, length);
            SearchChunk(mapping, _buffer.AsSpan(0, read), at);
            if (read == length && at + length < end)
                SearchSeam(memory, mapping, at + length, end);
        }
    }

    private void SearchSeam(SafeFileHandle memory, Mapping mapping, long seam, long end)
    {
        var buffer = new byte[(2 * _overlap) + 2];
        var start = seam - _overlap;
        var read = Read(memory, mapping, buffer, start, (int)Math.Min(2 * _overlap, end - start));
        foreach (var needle in _needles)
        {
            var at = buffer.AsSpan(0, read).IndexOf(needle.Bytes);
            if (at >= 0 && start + at + needle.Bytes.Length > seam && start + at < seam)
                _finds.Add(new Find(needle.What, start + at, mapping));
        }
    }

    private int Read(SafeFileHandle memory, Mapping mapping, byte[] buffer, long start, int length)
    {
        var done = 0;
        try
        {
            while (done < length && RandomAccess.Read(memory, buffer.AsSpan(done, length - done), start + done) is > 0 and var read)
                done += read;
        }
        catch (IOException)
        {
            _unreadable.Add(mapping);
        }

        Searched += done;
        return done;
    }

    private void SearchChunk(Mapping mapping, ReadOnlySpan<byte> chunk, long start)
    {
        foreach (var needle in _needles)
        {
            for (var from = 0; chunk[from..].IndexOf(needle.Bytes) is >= 0 and var at; from += at + 1)
                _finds.Add(new Find(needle.What, start + from + at, mapping));
        }
    }
}
