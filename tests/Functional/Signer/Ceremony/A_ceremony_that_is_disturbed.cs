using OnionBalance.Split.Tests.Functional.Signer.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Ceremony;

/// <summary>Things happen while its people are at it: it does what they agreed to, or ends with a statement of what there is.</summary>
[Collection("SoftHSM")]
public sealed class A_ceremony_that_is_disturbed : IDisposable
{
    private const string New = KeyToolBench.Passphrase + "\r";

    private readonly CeremonyBench _bench = new();

    public A_ceremony_that_is_disturbed() =>
        // The passphrase is asked for three times: a moment each for things to happen in.
        _bench.Plan = _bench.Plan.Replace(", passphrase: {file: passphrase}", "", StringComparison.Ordinal);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Does_what_was_shown_though_its_plan_is_another_by_then()
    {
        File.WriteAllText(_bench.InFolder("other.yaml"), _bench.Plan.Replace("Alice", "Mallory", StringComparison.Ordinal));
        var (code, shown) = await _bench.AttendAsync(
            ["Type yes: ", "yes\r", $"cp --preserve=mode {_bench.PlanFile} {_bench.InFolder("kept.yaml")} && cp {_bench.InFolder("other.yaml")} {_bench.PlanFile}"],
            ["(new): ", New],
            ["(again): ", New],
            ["shop.sealed: ", New]);
        Assert.True(code == 0, shown);
        Assert.Contains("Mallory", File.ReadAllText(_bench.PlanFile), StringComparison.Ordinal);
        Assert.DoesNotContain("Mallory", _bench.Transcript, StringComparison.Ordinal);
        Assert.Contains(CeremonyBench.Sha3(_bench.InFolder("kept.yaml")), _bench.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain(CeremonyBench.Sha3(_bench.PlanFile), _bench.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_what_exists_whatever_it_fails_of()
    {
        // That its own file can be written to its end, and not be read then, is nothing that a step looks for.
        var (code, shown) = await _bench.AttendAsync(
            ["Type yes: ", "yes\r"], ["(new): ", New], ["(again): ", New], ["shop.sealed: ", New, $"rm {_bench.InFolder("shop.transcript")}"]);
        AssertTellsWhatExists(code, shown, "FAILED: Could not find file", "shop.sealed", "media/shop.sealed", "media/plain", "shop.yaml");
    }

    [RootFact]
    public async Task Says_what_exists_though_the_transcripts_disk_is_full()
    {
        using var disk = new ScarceDisk(_bench.InFolder("disk"), DiskFault.None);
        File.SetUnixFileMode(_bench.InFolder("disk"), (UnixFileMode)Convert.ToInt32("700", 8));
        // Of a file's last page there may be room left: their lines take more than one.
        _bench.Plan = _bench.Plan.Replace("shop.transcript", "disk/shop.transcript", StringComparison.Ordinal)
            .Replace("Bob Example", string.Join(", ", Enumerable.Range(0, 31).Select(number => $"{number}{new string('B', Environment.SystemPageSize / 30)}")), StringComparison.Ordinal);
        var (code, shown) = await _bench.AttendAsync(
            ["Type yes: ", "yes\r"],
            ["(new): ", New],
            ["(again): ", New],
            ["shop.sealed: ", New, $"cat /dev/zero >{_bench.InFolder("disk/filler")} 2>/dev/null || true"]);
        AssertTellsWhatExists(code, shown, "shop.transcript cannot be written: No space left", "shop.sealed", "media/shop.sealed", "media/plain", "shop.yaml");
        Assert.Contains("on this screen alone", shown, StringComparison.Ordinal);
    }

    private void AssertTellsWhatExists(int code, string shown, string reason, params string[] made)
    {
        Assert.Equal(1, code);
        Assert.Contains(reason, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", shown, StringComparison.Ordinal);
        var told = shown[shown.IndexOf("FAILED: ", StringComparison.Ordinal)..];
        foreach (var place in made)
            Assert.Contains($"\n  {_bench.InFolder(place)}", told, StringComparison.Ordinal);
    }
}
