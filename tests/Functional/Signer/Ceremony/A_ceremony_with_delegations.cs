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
        Assert.Contains(DelegationFingerprint.Of(made), _bench.Transcript, StringComparison.Ordinal);
        Assert.True(DelegationBundle.TryParse(made, out var bundle, out var fault), fault.ToString());
        Assert.Equal(DelegationFault.None, bundle.FaultFor(request.Service, request.Periods.Select(period => period.SigningKey).ToHashSet(), TimeProvider.System.GetUtcNow()));
        Assert.Contains("\"delegated\"", string.Concat(Directory.GetFiles(_bench.InFolder("state/audit"), "*.log").Select(File.ReadAllText)), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("longest_validity: 10d", "longest_validity: 2d", "begins after")]
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
