using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>What the audit log can tell of the services' states.</summary>
public sealed class An_audit_memory : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("audit-memory-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 10, 13, 30, 0, TimeSpan.Zero));

    public An_audit_memory() => AuditLog.Create(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Lasts_over_restarts_and_new_files()
    {
        var services = Enumerable.Range(1, 64).Select(number => Some.Address((byte)number)).ToArray();
        foreach (var (at, service) in services.Index())
            Append(Signed((ulong)at + 5) with { State = StateSerials.TagOf(service) });
        for (var line = 0; line < 100; line++)
            Append(new AuditEntry(0, default, AuditEvent.Asked));
        Assert.True(Directory.GetFiles(_folder.FullName, "audit-*.log").Length > 5);
        using var log = Log();
        Assert.True(log.TryRecall(out var known, out _));
        Assert.All(services.Index(), pair => Assert.Equal((ulong)pair.Index + 5, known.Serials.Of(pair.Item)));
        Assert.Equal(0UL, known.Serials.Of(Some.Address(65)));
        Assert.True(AuditMemory.TryRead(_folder.FullName, out var read, out var fault), fault);
        Assert.Equal(known.Number, read.Number);
        Assert.Equal(known.Serials.ToTexts(), read.Serials.ToTexts());
        Assert.True(AuditChain.TryVerify(_folder.FullName, out _, out fault), fault);
    }

    [Fact]
    public void Never_goes_back_and_drops_who_has_not_signed_for_the_longest_time()
    {
        Assert.Equal(9UL, StateSerials.None.With("a", 9).With("a", 3).With(StateSerials.TagOf(Some.Address(1)), 9).Of(Some.Address(1)));
        var texts = Enumerable.Range(0, 70).Aggregate(StateSerials.None, (serials, at) => serials.With($"{at}", 1)).With("6", 2).ToTexts()!;
        Assert.Equal((64, "7 1", "6 2"), (texts.Length, texts[0], texts[^1]));
        Assert.Equal(texts, StateSerials.From(texts).ToTexts());
        Assert.Null(StateSerials.From(["", "a", "a b", "a 1 2", "a -1"]).ToTexts());
    }

    [Fact]
    public void Goes_on_from_what_is_known_where_the_log_is_begun_anew()
    {
        var folder = Path.Combine(_folder.FullName, "anew");
        AuditLog.BeginAnew(folder, _time, new AuditMemory(700, StateSerials.None.With(StateSerials.TagOf(Some.Address(1)), 9)), "lost");
        using (var log = new AuditLog(folder, _time) { KnownToStates = () => new KnownLine(702, Some.Address(1)) })
            Assert.True(log.TryAppend(Signed(3) with { State = "other" }, out var refused), refused?.Detail);
        Assert.True(AuditMemory.TryRead(folder, out var known, out var fault), fault);
        Assert.Equal((703UL, 9UL), (known.Number, known.Serials.Of(Some.Address(1))));
        Assert.True(AuditChain.TryVerify(folder, out _, out fault), fault);
        Assert.Contains("BegunAnew", File.ReadAllText(AuditHead.PathOf(folder, 1)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Is_not_taken_from_a_log_older_than_a_state()
    {
        Append(Signed(1));
        using var log = new AuditLog(_folder.FullName, _time) { KnownToStates = () => new KnownLine(3, Some.Address(1)) };
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.False(log.TryAppend(Signed(2), out var refused));
            Assert.Equal(SignRefusal.AuditLost, refused.Reason);
        }

        using var last = new AuditLog(_folder.FullName, _time) { KnownToStates = () => new KnownLine(2, Some.Address(1)) };
        Assert.True(last.TryAppend(Signed(2), out _));
    }

    private static AuditEntry Signed(ulong serial) => new(0, default, AuditEvent.Signed) { Serial = serial };

    private AuditLog Log() => new(_folder.FullName, _time, AuditLine.MaximumLength + 2_000);

    private void Append(AuditEntry entry)
    {
        using var log = Log();
        Assert.True(log.TryAppend(entry, out var refused), refused?.Detail);
    }
}
