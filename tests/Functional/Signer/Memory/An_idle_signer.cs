using System.Collections.Immutable;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Functional.Signer.Memory;

/// <summary>
/// What is left of a permanent key in the memory of a real Signer between two requests: nothing, in whatever store it is
/// kept. A program that keeps the same on purpose shows that the search finds it.
/// </summary>
[Collection("SoftHSM")]
public sealed class An_idle_signer : IDisposable
{
    private const string Passphrase = "orchid-turbine-98-velvet";
    private const string PublicKey = "KP_hs_id";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly SignerUnderTest _signer = new();
    private readonly IdentitySecretKey _key;
    private readonly List<Needle> _secrets = [];

    public An_idle_signer()
    {
        _key = IdentitySecretKey.FromSeed(_signer.Seed);
        using var expanded = SecretBytes.Allocate(IdentitySecretKey.ExpandedLength);
        _key.ExportExpanded(expanded.Span);
        _secrets.AddRange(SecretForms.OfExpanded("a", "RH", expanded.Span));
        _secrets.AddRange(SecretForms.Of("the seed", _signer.Seed));
    }

    public void Dispose()
    {
        _key.Dispose();
        _signer.Dispose();
    }

    [RootFact]
    public Task Holds_nothing_of_a_key_in_tors_form() => AssertNothingLeft("{file: key}");

    [RootFact]
    public Task Holds_nothing_of_a_key_in_PEM()
    {
        using var file = PemKeyFile.WriteSecret(_signer.Seed);
        AtomicFile.Write(_signer.InFolder("key.pem"), file.Span);
        return AssertNothingLeft("{file: key.pem}");
    }

    [RootFact]
    public async Task Holds_of_a_key_sealed_by_a_passphrase_only_what_opens_the_file_and_that_guarded()
    {
        _secrets.AddRange(SecretForms.OfText("the passphrase", Passphrase));
        Assert.True(PassphraseKey.TryDerive(Encoding.UTF8.GetBytes(Passphrase), PassphraseDerivation.Create(1, 8192), out var opener));
        using (opener)
        {
            AtomicFile.Write(_signer.InFolder("passphrase"), Encoding.UTF8.GetBytes(Passphrase + "\n"));
            AtomicFile.Write(_signer.InFolder("sealed"), SealedKeyFile.Seal(_key, opener));
            await AssertNothingLeft("{sealed_file: sealed, passphrase: {file: passphrase}}", [.. SecretForms.Of("the key-encryption key", opener.Key.Span)]);
        }
    }

    [RootFact]
    public async Task Holds_nothing_of_a_key_on_a_token()
    {
        using var hsm = Token();
        Assert.True(hsm.Store("token=one;object=shop").TryCreate(_key, out var fault), fault);
        await AssertNothingLeft($"{{token: '{hsm.Uri("token=one;object=shop").Text}', pin: {{file: pin}}}}");
    }

    [RootFact]
    public Task Holds_nothing_of_a_key_sealed_by_a_tokens_AES_key() => AssertNothingLeftOfSealed("AES:32");

    [RootFact]
    public Task Holds_nothing_of_a_key_sealed_by_a_tokens_RSA_key() => AssertNothingLeftOfSealed("RSA:2048");

    [RootFact]
    public async Task Is_known_from_a_program_that_keeps_the_same_on_purpose()
    {
        AddBlinded([.. Periods()]);
        _secrets.AddRange(SecretForms.OfText("the passphrase", Passphrase));
        _secrets.AddRange(SecretForms.OfText("the PIN", SoftHsm.Pin));
        File.WriteAllBytes(_signer.InFolder("secrets"), [.. _secrets.SelectMany(secret => (byte[])[.. secret.Bytes, (byte)'\n'])]);
        await using var program = Tool.StartHelper(["keep", _signer.InFolder("secrets")]);
        Assert.Equal("kept", await program.LineAsync(Soon));
        var finds = ProcessMemory.Search(program.Id, _secrets).Finds.ToLookup(find => find.What);
        Assert.All(_secrets, secret =>
        {
            var places = finds[secret.What].Select(find => find.Where).ToArray();
            Assert.Contains(places, place => place.IsGuarded);
            Assert.Contains(places, place => place.Name == "[stack]");
            Assert.Contains(places, place => place.Name == "[heap]");
            Assert.Contains(places, place => !place.IsGuarded && place.Name == "");
        });
    }

    private async Task AssertNothingLeftOfSealed(string keyType)
    {
        using var hsm = Token();
        string[] login = ["--token-label", "one", "--login", "--pin", SoftHsm.Pin];
        hsm.OpenSc(keyType.StartsWith("RSA", StringComparison.Ordinal)
            ? [.. login, "--keypairgen", "--key-type", keyType, "--label", "seal"]
            : [.. login, "--keygen", "--key-type", keyType, "--label", "seal", "--sensitive"]);
        Assert.True(hsm.SealedStore(_signer.InFolder("sealed"), "token=one;object=seal").TryCreate(_key, out var fault), fault);
        await AssertNothingLeft($"{{sealed_file: sealed, token: '{hsm.Uri("token=one;object=seal").Text}', pin: {{file: pin}}}}");
    }

    private SoftHsm Token()
    {
        var hsm = new SoftHsm();
        hsm.AddToken("one");
        _signer.Environment["SOFTHSM2_CONF"] = hsm.Configuration;
        AtomicFile.Write(_signer.InFolder("pin"), Encoding.UTF8.GetBytes(SoftHsm.Pin + "\n"));
        _secrets.AddRange(SecretForms.OfText("the PIN", SoftHsm.Pin));
        return hsm;
    }

    /// <param name="key">The configuration's "key".</param>
    /// <param name="guarded">What stays by design, and in guarded memory only.</param>
    private async Task AssertNothingLeft(string key, params ImmutableArray<Needle> guarded)
    {
        _signer.Key = key;
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint);
        _signer.Start();
        var attached = await collector.NextAsync(Soon);
        for (var round = 0; round < 3; round++)
            AddNonces([await SignedAsync(attached, other: false), await SignedAsync(attached, other: true)]);
        _signer.Configure(collector.Endpoint, extra: "# the same");
        _signer.Signal("HUP");
        await _signer.WaitForLogAsync("is in force.");
        AddNonces([await SignedAsync(attached, other: false)]);
        AddBlinded([.. Periods()]);

        var known = new Needle(PublicKey, _key.PublicKey.Bytes.ToArray());
        var memory = ProcessMemory.Search(_signer.ProcessId, [.. _secrets, .. guarded, known]);
        Assert.Contains(memory.Finds, find => find.What == PublicKey);
        Assert.All(memory.Unreadable, mapping => Assert.StartsWith("[vvar", mapping.Name, StringComparison.Ordinal));
        var allowed = guarded.Select(needle => needle.What).Append(PublicKey).ToHashSet();
        Assert.Empty(memory.Finds.Where(find => !allowed.Contains(find.What)));
        if (guarded.IsEmpty)
            return;
        var kept = memory.Finds.Where(find => find.What != PublicKey).ToArray();
        Assert.NotEmpty(kept);
        Assert.All(kept, find => Assert.True(find.Where.IsGuarded, find.ToString()));
    }

    private async Task<SignResult> SignedAsync(AttachedSigner attached, bool other)
    {
        var result = await attached.AskAsync(_signer.Honest(other: other)).WaitAsync(Soon);
        Assert.True(result?.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result?.Refusal?.Detail ?? _signer.Log);
        return result!;
    }

    private IEnumerable<TimePeriod> Periods() => ((bool[])[false, true])
        .Select(other => _signer.Honest(other: other).TimePeriod)
        .Select(period => new TimePeriod(period.Number, period.LengthMinutes));

    private void AddBlinded(ImmutableArray<TimePeriod> periods)
    {
        foreach (var period in periods)
        {
            using var blinded = _key.Blind(period);
            _secrets.AddRange(SecretForms.OfBlinded(blinded));
        }
    }

    /// <summary>Who knows the nonce of a signature by a blinded key knows that key.</summary>
    private void AddNonces(ImmutableArray<SignResult> results)
    {
        foreach (var result in results)
        {
            Assert.True(OuterDescriptor.TryReadOuter(result.Signed.Selections[0].Copies[0].Span, out var outer, out _));
            using var blinded = Periods().Select(_key.Blind).Single(key => key.PublicKey == outer.BlindedKey);
            var wide = new byte[Sha512.Length];
            Sha512.Hash(wide, blinded.Expanded[32..], outer.SigningKeyCertificate.Encoded.AsSpan()[..^64]);
            var nonce = new byte[32];
            Sodium.crypto_core_ed25519_scalar_reduce(nonce, wide);
            if (_secrets.Any(secret => secret.Bytes.AsSpan().SequenceEqual(nonce.AsSpan(0, 16))))
                continue;
            _secrets.AddRange(SecretForms.OfScalar("r", nonce));
            _secrets.AddRange(SecretForms.Of("r before it is reduced", wide));
        }
    }
}
