using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Integration.Custody;

/// <summary>One permanent key, kept in every kind of store that there is.</summary>
internal sealed class StoredKeys : IDisposable
{
    private const string Token = "token=shop";

    private readonly List<(string Place, string Key)> _places = [];

    internal static ReadOnlyMemory<byte> Seed { get; } = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);

    internal SoftHsm Hsm { get; } = new();

    /// <summary>What the Signer calls each store in its log, and the value of "key:" for it.</summary>
    internal IReadOnlyList<(string Place, string Key)> Places => _places;

    internal Dictionary<string, string> Environment { get; } = [];

    internal void Keep(string folder)
    {
        using var key = IdentitySecretKey.FromSeed(Seed.Span);
        using (var file = PemKeyFile.WriteSecret(Seed.Span))
            AtomicFile.Create(Add($"{folder}/pem", "file: {0}"), file.Span);
        Environment[SystemdCredential.FolderVariable] = folder;
        using (var file = TorKeyFile.WriteSecret(key))
            AtomicFile.Create($"{folder}/shop.key", file.Span, UnixFileMode.UserRead);
        _places.Add(("credential shop.key", "{credential: shop.key}"));
        Assert.True(PassphraseKey.TryDerive("correct horse"u8, PassphraseDerivation.Create(passes: 1, memoryKib: 64), out var passphrase));
        using (passphrase)
            AtomicFile.Create(Add($"{folder}/passphrase-sealed", $"sealed_file: {{0}}, passphrase: {{{{file: {folder}/passphrase}}}}"), SealedKeyFile.Seal(key, passphrase));
        AtomicFile.Create($"{folder}/passphrase", "correct horse\n"u8);
        KeepOnToken(folder, key);
    }

    public void Dispose() => Hsm.Dispose();

    private void KeepOnToken(string folder, IdentitySecretKey key)
    {
        Hsm.AddToken("shop");
        Environment["SOFTHSM2_CONF"] = Hsm.Configuration;
        Hsm.LogIn("shop", "--keygen", "--key-type", "AES:32", "--label", "aes", "--sensitive");
        Hsm.LogIn("shop", "--keypairgen", "--key-type", "RSA:3072", "--label", "rsa");
        var pin = $"pin: {{file: {Hsm.PinFile}}}";
        Assert.True(Hsm.Store($"{Token};object=onion").TryCreate(key, out var fault), fault);
        var uri = Hsm.Uri($"{Token};object=onion");
        _places.Add((uri.Text, $"{{token: '{uri}', {pin}}}"));
        foreach (var label in (string[])["aes", "rsa"])
        {
            var file = $"{folder}/sealed-{label}";
            uri = Hsm.Uri($"{Token};object={label}");
            Assert.True(Hsm.SealedStore(file, $"{Token};object={label}").TryCreate(key, out fault), fault);
            _places.Add(($"{file} sealed by {uri}", $"{{sealed_file: {file}, token: '{uri}', {pin}}}"));
        }
    }

    private string Add(string file, string key)
    {
        _places.Add((file, $"{{{string.Format(System.Globalization.CultureInfo.InvariantCulture, key, file)}}}"));
        return file;
    }
}
