using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>The daemon with its key on a token, which comes and goes while it runs.</summary>
[Collection("SoftHSM")]
public sealed class A_signer_and_its_token : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly SoftHsm _hsm = new();
    private readonly SignerUnderTest _signer = new();

    public A_signer_and_its_token()
    {
        _hsm.AddToken("one");
        using var file = new FileIdentityKeyStore(_signer.InFolder("key"));
        Assert.True(file.TryOpen(out var key, out var fault), fault);
        using (key)
            Assert.True(_hsm.Store("token=one;object=shop").TryCreate(key, out fault), fault);
        _signer.Environment["SOFTHSM2_CONF"] = _hsm.Configuration;
    }

    public void Dispose()
    {
        _signer.Dispose();
        _hsm.Dispose();
    }

    [Fact]
    public async Task Starts_without_it_and_signs_whenever_it_is_there()
    {
        _hsm.Pull();
        await using var collector = await StartAsync();
        var attached = await collector.NextAsync(Soon);
        await _signer.WaitForLogAsync("Not signing for");
        Assert.Contains("pkcs11:token=one;object=shop", _signer.Log, StringComparison.Ordinal);
        var last = 0ul;
        for (var pulls = 0; pulls < 3; pulls++)
        {
            await AssertRefusedAsync(attached, "the token is not present");
            _hsm.PutBack();
            var signed = (await attached.AskAsync(_signer.Honest()))!;
            Assert.True(signed.OutcomeCase == SignResult.OutcomeOneofCase.Signed, signed.Refusal?.Detail);
            Assert.True(signed.Signed.RevisionCounter > last);
            last = signed.Signed.RevisionCounter;
            _hsm.Pull();
        }

        Configure(collector, "# the same");
        _signer.Signal("HUP");
        await _signer.WaitForLogAsync("is in force.");
        Assert.False(attached.Ended.IsCompleted);
    }

    [Fact]
    public async Task Does_not_insist_on_a_wrong_PIN_and_takes_the_right_one_without_a_restart()
    {
        _hsm.KeepPin("27182818");
        await using var collector = await StartAsync();
        var attached = await collector.NextAsync(Soon);
        await _signer.WaitForLogAsync("refuses the PIN");
        await AssertRefusedAsync(attached, "not tried again");
        Configure(collector, "# the same");
        _signer.Signal("HUP");
        await _signer.WaitForLogAsync("is in force.");
        await AssertRefusedAsync(attached, "not tried again");
        _hsm.KeepPin(SoftHsm.Pin);
        var signed = (await attached.AskAsync(_signer.Honest()))!;
        Assert.True(signed.OutcomeCase == SignResult.OutcomeOneofCase.Signed, signed.Refusal?.Detail);
        Assert.DoesNotContain(SoftHsm.Pin, _signer.Log, StringComparison.Ordinal);
    }

    private async Task<LinkServer> StartAsync()
    {
        var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        Configure(collector, "");
        _signer.Start();
        return collector;
    }

    private void Configure(LinkServer collector, string extra) => _signer.Configure(
        collector.Endpoint, extra, key: $"{{token: '{_hsm.Uri("token=one;object=shop")}', pin: {{file: {_hsm.PinFile}}}}}");

    private async Task AssertRefusedAsync(AttachedSigner attached, string reason)
    {
        // As many at once as a failover may bring.
        foreach (var result in await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => attached.AskAsync(_signer.Honest()))).WaitAsync(Soon))
        {
            Assert.Equal(SignRefusal.KeyUnavailable, result!.Refusal?.Reason);
            Assert.Contains(reason, result.Refusal!.Detail, StringComparison.Ordinal);
        }
    }
}
