using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Ceremony;

[Collection("SoftHSM")]
public sealed class A_ceremony_with_delegations : IDisposable
{
    private readonly CeremonyBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Grants_the_requests_of_its_plan_after_a_rehearsal_that_leaves_nothing()
    {
        var request = _bench.AddRequest(OnionAddress.From(_bench.Keys.Key.PublicKey));
        var before = _bench.Everything();
        var (code, output) = await _bench.HoldAsync("--rehearse");
        Assert.True(code == 0, output);
        Assert.Contains("granted 7 delegation(s)", output, StringComparison.Ordinal);
        Assert.Equal(before, _bench.Everything());

        (code, output) = await _bench.HoldAsync();
        Assert.True(code == 0, output);
        Assert.Contains(DelegationFingerprint.Of(request.ToText()), output, StringComparison.Ordinal);
        var made = File.ReadAllBytes(_bench.InFolder("shop.bundle"));
        Assert.Equal(AtomicFile.ReadableByAll, File.GetUnixFileMode(_bench.InFolder("shop.bundle")));
        Assert.Contains(DelegationFingerprint.Of(made), _bench.Transcript, StringComparison.Ordinal);
        Assert.True(DelegationBundle.TryParse(made, out var bundle, out var fault), fault.ToString());
        Assert.Equal(DelegationFault.None, bundle.FaultFor(request.Service, request.Periods.Select(period => period.SigningKey).ToHashSet(), TimeProvider.System.GetUtcNow()));
        Assert.Contains($"ends:     {bundle.End:u}, ", output, StringComparison.Ordinal);
        Assert.Contains($"until they end at {bundle.End:u}.", output, StringComparison.Ordinal);
        Assert.DoesNotContain(" UTC", output, StringComparison.Ordinal);
        foreach (var told in (string[])[output, _bench.Transcript])
        {
            Assert.Contains($"granted 7 delegation(s), which end at {bundle.End:u}, to", told, StringComparison.Ordinal);
            Assert.Contains("bounded by   this plan's longest_validity, 10d. No signer.yaml is asked", told, StringComparison.Ordinal);
        }

        Assert.Contains("What is delegated is bounded by this plan's longest_validity, 10d.", output, StringComparison.Ordinal);
        Assert.Contains("\"delegated\"", string.Concat(Directory.GetFiles(_bench.InFolder("state/audit"), "*.log").Select(File.ReadAllText)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Writes_a_service_that_grants_the_next_ones_within_the_same_bound()
    {
        _bench.AddRequest(OnionAddress.From(_bench.Keys.Key.PublicKey));
        var (code, output) = await _bench.HoldAsync();
        Assert.True(code == 0, output);
        File.WriteAllText(_bench.InFolder("signer.yaml"), $"state_directory: state\nnetwork: public\n{File.ReadAllText(_bench.InFolder("shop.yaml"))}");
        foreach (var (days, expected) in ((int, int)[])[(9, 0), (13, 1)])
        {
            File.WriteAllBytes(_bench.InFolder("next.request"), CeremonyBench.Request(OnionAddress.From(_bench.Keys.Key.PublicKey), days).ToText());
            (code, output) = await _bench.Keys.SignerAsync(
                "delegate", "--config", _bench.InFolder("signer.yaml"), "--request", _bench.InFolder("next.request"), "--output", _bench.InFolder($"{days}.bundle"), "--yes");
            Assert.True(code == expected, output);
        }

        Assert.Contains("longest_validity lets delegations go (10 days)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("longest_validity: 10d", "longest_validity: 2d", "begins after")]
    [InlineData("longest_validity: 10d, ", "", "delegations.longest_validity: is missing")]
    [InlineData("{import: {file: old.pem}, address: ADDRESS}", "{generate: true}", "cannot be asked for before there is an address")]
    [InlineData("request: shop.request", "request: no.request", "no.request cannot be read")]
    [InlineData("request: shop.request", "request: old.pem", "does not begin as a file of this kind")]
    [InlineData("bundle: shop.bundle", "bundle: passphrase", "passphrase exists already")]
    public async Task Is_refused_before_anything_is_opened(string old, string changed, string reason)
    {
        _bench.AddRequest(OnionAddress.From(_bench.Keys.Key.PublicKey));
        _bench.Plan = _bench.Plan.Replace(old.Replace("ADDRESS", _bench.Keys.Address, StringComparison.Ordinal), changed, StringComparison.Ordinal);
        await AssertRefusedAsync(reason);
    }

    [Fact]
    public async Task Grants_nothing_for_another_service()
    {
        using var other = IdentitySecretKey.Generate();
        _bench.AddRequest(OnionAddress.From(other.PublicKey));
        await AssertRefusedAsync("is for another service");
        _bench.Plan = _bench.Plan.Replace($", address: {_bench.Keys.Address}", "", StringComparison.Ordinal);
        await AssertRefusedAsync("is for another service than the key in");
    }

    private async Task AssertRefusedAsync(string reason)
    {
        var before = _bench.Everything();
        var (code, output) = await _bench.HoldAsync();
        Assert.True(code is 1 or 2, output);
        Assert.True(output.Contains(reason, StringComparison.Ordinal), $"{reason}: {output}");
        File.Delete(_bench.InFolder("shop.transcript"));
        Assert.Equal(before, _bench.Everything());
    }
}
