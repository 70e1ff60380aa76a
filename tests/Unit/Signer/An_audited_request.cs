using System.Text.Json;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;

namespace OnionBalance.Split.Tests.Unit.Signer;

public sealed class An_audited_request : IDisposable
{
    private readonly SigningBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Has_a_line_before_and_one_after()
    {
        var counter = _bench.Answer(_bench.Honest()).Signed.RevisionCounter;
        var lines = Lines();
        Assert.Equal(["opened", "asked", "signed"], lines.Select(line => line.GetProperty("event").GetString()!.ToLowerInvariant()));
        Assert.Equal(counter, lines[2].GetProperty("counter").GetUInt64());
        foreach (var line in lines.Skip(1))
        {
            Assert.Equal("collector", line.GetProperty("collector").GetString());
            Assert.Equal(_bench.Service.ToString(), line.GetProperty("service").GetString());
            Assert.Equal(_bench.Period.ToString(), line.GetProperty("period").GetString());
            Assert.Equal(64, line.GetProperty("digest").GetString()!.Length);
        }
    }

    [Fact]
    public void Has_its_refusal_in_the_log_without_a_full_address()
    {
        var request = _bench.Honest();
        request.TimePeriod.Number += 5;
        _bench.Answer(request);
        _bench.Answer(new SignRequest());
        Assert.Equal(["PeriodOutsideWindow", "Malformed"], Lines().Where(line => line.TryGetProperty("reason", out _)).Select(line => line.GetProperty("reason").GetString()));
        Assert.DoesNotContain(_bench.Service.Label, File.ReadAllText(AuditHead.PathOf(_bench.AuditFolder, 1)), StringComparison.Ordinal);
        Assert.True(AuditChain.TryVerify(_bench.AuditFolder, out _, out var fault), fault);
    }

    [Fact]
    public void Is_not_signed_when_the_log_is_gone()
    {
        Directory.Move(_bench.AuditFolder, _bench.AuditFolder + ".away");
        var before = File.ReadAllBytes(_bench.StateFile);
        Assert.Equal(SignRefusal.AuditLost, _bench.Answer(_bench.Honest()).Refusal?.Reason);
        Assert.Equal(before, File.ReadAllBytes(_bench.StateFile));
        Directory.Move(_bench.AuditFolder + ".away", _bench.AuditFolder);
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, _bench.Answer(_bench.Honest()).OutcomeCase);
    }

    private JsonElement[] Lines() =>
        [.. File.ReadAllLines(AuditHead.PathOf(_bench.AuditFolder, 1)).Select(line => JsonDocument.Parse(line[65..]).RootElement)];
}
