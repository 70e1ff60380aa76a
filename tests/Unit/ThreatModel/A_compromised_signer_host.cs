using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.ThreatModel;

/// <summary>
/// Row of the threat table: the Signer host. Who has it has everything; with the key in a sealed file, a stolen disk alone
/// has nothing. For keys on tokens see tests/Functional/ThreatModel.
/// </summary>
public sealed class A_compromised_signer_host : IDisposable
{
    private const string Passphrase = "correct horse battery staple";

    private static readonly TimePeriod[] Decade = [.. Enumerable.Range(0, 11).Select(year => new TimePeriod(20_500ul + (ulong)(365 * year), 1440))];

    private readonly SigningBench _bench = new();
    private readonly MiddleLayerPlan _middle = MiddleLayerPlan.ForEverybody();

    public void Dispose()
    {
        _middle.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public void Gives_everything_with_the_key_file_for_all_time()
    {
        Assert.True(TorKeyFile.TryReadSecret(File.ReadAllBytes(_bench.KeyFile), out var stolen));
        using (stolen)
        {
            var inner = new InnerLayer { IntroductionPoints = [Instance.RandomPoint()] };
            foreach (var period in Decade)
            {
                using var blinded = stolen.Blind(period);
                using var signing = DescriptorSigningKey.Generate();
                var now = _bench.Time.GetUtcNow();
                var keys = new DescriptorKeys(
                    blinded.PublicKey, Subcredential.Compute(stolen.PublicKey, blinded.PublicKey), signing, [.. SigningKeyCertificate.Create(blinded, signing.PublicKey, now)]);
                var text = DescriptorBuilder.Build(keys, inner, _middle, 1, now);
                Assert.True(DescriptorReader.TryRead(text, _bench.Service.PublicKey, [period], now, null, out _, out var fault), fault.ToString());
            }
        }
    }

    /// <summary>All that the Signer wrote while it signed and refused: state, audit log. The key file is not part of it.</summary>
    [Fact]
    public void Gives_no_key_with_the_state_directory()
    {
        var signed = _bench.Answer(_bench.Honest());
        Assert.Equal(SignResult.OutcomeOneofCase.Signed, signed.OutcomeCase);
        Assert.Equal(SignResult.OutcomeOneofCase.Refusal, _bench.Answer(new SignRequest()).OutcomeCase);
        var files = Directory.GetFiles(_bench.StatePath, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock").ToArray();
        Assert.NotEmpty(files);
        var hunt = Hunt(_bench.Read(signed.Signed.Selections[0].Copies[0]).Outer.SigningKey.Bytes);
        Assert.All(files, file => Assert.False(hunt.Succeeds(File.ReadAllBytes(file)), file));

        // Control: the same hunt through the key file.
        Assert.True(hunt.Succeeds(File.ReadAllBytes(_bench.KeyFile)));
    }

    [Fact]
    public void Gives_no_key_with_a_sealed_file_and_without_its_passphrase()
    {
        var file = Seal();
        Assert.False(Hunt().Succeeds(file));
        foreach (var guess in (string[])["", " ", "password", Passphrase[..^1], Passphrase + " ", Passphrase.ToUpperInvariant(), _bench.Service.ToFullString()])
            Assert.False(TryOpen(file, guess, out _), guess);

        // Control: the passphrase opens it.
        Assert.True(TryOpen(file, Passphrase, out var found));
        Assert.Equal(_bench.Service.PublicKey, found);
    }

    [Fact]
    public void Gives_no_key_with_a_sealed_file_made_cheaper_to_guess()
    {
        // The cost of a guess is in the file, and authentic: a thief who lowers it makes the file worthless.
        var file = Seal();
        file[31] = 1;
        Assert.True(SealedKeyFile.TryReadDerivation(file, out var derivation));
        Assert.Equal(1u, derivation.Passes);
        Assert.False(TryOpen(file, Passphrase, out _));
    }

    private byte[] Seal()
    {
        Assert.True(TorKeyFile.TryReadSecret(File.ReadAllBytes(_bench.KeyFile), out var key));
        Assert.True(PassphraseKey.TryDerive(System.Text.Encoding.UTF8.GetBytes(Passphrase), PassphraseDerivation.Create(passes: 2, memoryKib: 1024), out var passphrase));
        using (key)
        using (passphrase)
            return SealedKeyFile.Seal(key, passphrase);
    }

    private static bool TryOpen(byte[] file, string passphrase, out IdentityPublicKey found)
    {
        found = default;
        Assert.True(SealedKeyFile.TryReadDerivation(file, out var derivation));
        Assert.True(PassphraseKey.TryDerive(System.Text.Encoding.UTF8.GetBytes(passphrase), derivation, out var derived));
        using (derived)
        {
            if (!SealedKeyFile.TryOpen(file, derived, out var key))
                return false;
            using (key)
                found = key.PublicKey;
            return true;
        }
    }

    private KeyHunt Hunt(params IEnumerable<Bytes32> more) =>
        new([_bench.Service.PublicKey.Bytes, _bench.Service.PublicKey.Blind(_bench.Period).Bytes, .. more]);
}
