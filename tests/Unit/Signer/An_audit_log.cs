using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;

namespace OnionBalance.Split.Tests.Unit.Signer;

public sealed class An_audit_log : IDisposable
{
    private const int SmallFile = AuditLine.MaximumLength + 2_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("audit-log-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 10, 13, 30, 0, TimeSpan.Zero));

    public An_audit_log() => AuditLog.Create(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Verifies_over_restarts_and_new_files()
    {
        for (var run = 0; run < 3; run++)
            Fill(lines: 25);
        Assert.True(Files.Length > 3);
        Assert.Null(Fault());
    }

    [Fact]
    public void Keeps_its_bound_and_its_chain()
    {
        Fill(lines: 200, files: 3);
        Assert.Equal(3, Files.Length);
        Assert.Null(Fault());
        Assert.True(Files.Sum(file => new FileInfo(file).Length) <= 3 * SmallFile);
    }

    [Fact]
    public void Drops_what_a_crash_kept_from_being_dropped()
    {
        Fill(lines: 60);
        var oldest = Files[0];
        var content = File.ReadAllBytes(oldest);
        Fill(lines: 200, files: 3);
        Assert.False(File.Exists(oldest));
        Assert.True(AuditHead.TryRead(_folder.FullName, out var head));
        var left = AuditHead.PathOf(_folder.FullName, head.Oldest - 1);
        File.WriteAllBytes(left, content);
        Assert.NotNull(Fault());
        Fill(lines: 1, files: 3);
        Assert.False(File.Exists(left));
        Assert.Null(Fault());
    }

    [Fact]
    public void Keeps_a_line_within_its_bound_whatever_is_in_it()
    {
        var text = new string('\u0001', 100_000);
        using (var log = Log())
            Assert.True(log.TryAppend(Entry(1) with { Detail = text, Collector = text }, out var refused), refused?.Detail);
        Assert.Null(Fault());
    }

    [Fact]
    public void Names_the_line_of_any_changed_byte()
    {
        Fill(lines: 40);
        Gen.Select(Gen.Int[0, Files.Length - 1], Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample(
            (file, at, flip) =>
            {
                var path = Files[file];
                var sound = File.ReadAllBytes(path);
                var changed = sound.ToArray();
                changed[at % sound.Length] ^= flip;
                File.WriteAllBytes(path, changed);
                var fault = Fault();
                File.WriteAllBytes(path, sound);
                // A changed line feed joins its line to the next one, or cuts the file's last line.
                var line = sound.AsSpan(0, at % sound.Length).Count((byte)'\n') + 1;
                return fault is not null && fault.StartsWith($"{path}: line {line} ", StringComparison.Ordinal);
            },
            iter: 1_000,
            threads: 1);
    }

    [Fact]
    public void Tells_of_every_changed_byte()
    {
        Fill(lines: 6);
        AssertFaultAtEachByte(File.ReadAllBytes(Files[0]).Length, (sound, at) =>
        {
            var changed = sound.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            return changed;
        });
    }

    [Fact]
    public void Tells_of_every_removed_and_of_every_inserted_byte()
    {
        Fill(lines: 6);
        AssertFaultAtEachByte(File.ReadAllBytes(Files[0]).Length, (sound, at) => [.. sound[..at], .. sound[(at + 1)..]]);
        AssertFaultAtEachByte(File.ReadAllBytes(Files[0]).Length, (sound, at) => [.. sound[..at], (byte)' ', .. sound[at..]]);
    }

    [Fact]
    public void Tells_of_two_lines_that_changed_places()
    {
        Fill(lines: 40);
        AssertFaultAtEachLine((lines, at) => (lines[at], lines[(at + 1) % lines.Count]) = (lines[(at + 1) % lines.Count], lines[at]));
    }

    [Fact]
    public void Tells_of_any_removed_line()
    {
        Fill(lines: 40);
        AssertFaultAtEachLine((lines, at) => lines.RemoveAt(at));
    }

    [Fact]
    public void Tells_of_any_repeated_line()
    {
        Fill(lines: 40);
        AssertFaultAtEachLine((lines, at) => lines.Insert(at, lines[at]));
    }

    [Fact]
    public void Tells_of_a_well_chained_line_put_at_the_end()
    {
        Fill(lines: 3);
        Assert.True(AuditHead.TryRead(_folder.FullName, out var head));
        File.AppendAllBytes(Files[^1], AuditLine.Write(Entry(9) with { Number = head.Number + 1 }, head.Hash, out _));
        Assert.Contains("past the last one", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_of_any_cut_end_and_of_any_removed_file()
    {
        Fill(lines: 30);
        foreach (var path in Files)
        {
            var sound = File.ReadAllBytes(path);
            for (var length = 0; length < sound.Length; length += 7)
            {
                File.WriteAllBytes(path, sound[..length]);
                Assert.Contains(path, Fault(), StringComparison.Ordinal);
            }

            File.Delete(path);
            Assert.StartsWith($"{path}: line 1 is missing", Fault(), StringComparison.Ordinal);
            File.WriteAllBytes(path, sound);
        }

        Assert.Null(Fault());
    }

    [Fact]
    public void Tells_of_any_changed_byte_of_its_head()
    {
        Fill(lines: 30);
        var path = AuditHead.PathIn(_folder.FullName);
        var sound = File.ReadAllBytes(path);
        for (var at = 0; at < sound.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = sound.ToArray();
                changed[at] ^= (byte)(1 << bit);
                File.WriteAllBytes(path, changed);
                Assert.NotNull(Fault());
            }
        }
    }

    [Fact]
    public void Heals_what_a_crash_leaves_after_the_last_line_and_records_it()
    {
        Fill(lines: 5);
        Assert.True(AuditHead.TryRead(_folder.FullName, out var head));
        var line = AuditLine.Write(Entry(6) with { Number = head.Number + 1 }, head.Hash, out _);
        for (var length = 1; length <= line.Length; length += 13)
        {
            File.AppendAllBytes(Files[^1], line[..length]);
            Assert.NotNull(Fault());
            Fill(lines: 1);
            Assert.Null(Fault());
            Assert.Contains($"{length} bytes after line number", string.Concat(Files.Select(File.ReadAllText)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Heals_a_new_file_that_a_crash_left_unconfirmed()
    {
        File.WriteAllText(AuditHead.PathOf(_folder.FullName, 1), "half a li");
        Fill(lines: 1);
        Assert.Null(Fault());
        Assert.Contains("was removed", File.ReadAllText(Files[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Does_not_go_on_after_a_cut_end()
    {
        Fill(lines: 5);
        var file = Files[^1];
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^10]);
        using var log = Log();
        Assert.False(log.TryAppend(Entry(1), out var refused));
        Assert.Equal(SignRefusal.AuditLost, refused.Reason);
        Assert.Contains("was changed or cut", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Does_not_begin_by_itself_where_it_was_lost()
    {
        Fill(lines: 5);
        File.Delete(AuditHead.PathIn(_folder.FullName));
        using var log = Log();
        Assert.False(log.TryAppend(Entry(1), out var refused));
        Assert.Equal(SignRefusal.AuditLost, refused.Reason);
        Assert.Contains("missing", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Goes_on_once_its_disk_can_be_written_again()
    {
        using var log = Log();
        Assert.True(log.TryAppend(Entry(1), out _));
        var head = AuditHead.PathIn(_folder.FullName);
        var kept = File.ReadAllBytes(head);
        File.Delete(head);
        Directory.CreateDirectory(head); // a rename over a folder fails, for root too
        Assert.False(log.TryAppend(Entry(2), out _));
        Directory.Delete(head);
        File.WriteAllBytes(head, kept);
        Assert.True(log.TryAppend(Entry(3), out var refused), refused?.Detail);
        Assert.Null(Fault());
    }

    private string[] Files => [.. Directory.GetFiles(_folder.FullName, "audit-*.log").Order(StringComparer.Ordinal)];

    private static AuditEntry Entry(int digest) => new(0, default, AuditEvent.Asked) { Collector = "c", Digest = Some.Bytes((byte)digest).ToHex() };

    private AuditLog Log(uint files = 1_000) => new(_folder.FullName, _time, SmallFile, files);

    private void Fill(int lines, uint files = 1_000)
    {
        using var log = Log(files);
        for (var line = 0; line < lines; line++)
            Assert.True(log.TryAppend(Entry(line), out var refused), refused?.Detail);
    }

    private string? Fault() => AuditChain.TryVerify(_folder.FullName, out _, out var fault) ? null : fault;

    private void AssertFaultAtEachByte(int length, Func<byte[], int, byte[]> change)
    {
        var path = Files[0];
        var sound = File.ReadAllBytes(path);
        for (var at = 0; at < length; at++)
        {
            File.WriteAllBytes(path, change(sound, at));
            Assert.True(Fault()?.Contains(": line ", StringComparison.Ordinal), $"byte {at}");
        }

        File.WriteAllBytes(path, sound);
        Assert.Null(Fault());
    }

    private void AssertFaultAtEachLine(Action<List<string>, int> change)
    {
        foreach (var path in Files)
        {
            var sound = File.ReadAllLines(path, Encoding.UTF8);
            for (var at = 0; at < sound.Length; at++)
            {
                var lines = sound.ToList();
                change(lines, at);
                File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
                Assert.Contains(": line ", Fault(), StringComparison.Ordinal);
            }

            File.WriteAllText(path, string.Concat(sound.Select(line => line + "\n")));
        }
    }
}
