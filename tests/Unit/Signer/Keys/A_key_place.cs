using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Keys.Tools;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Tests.Unit.Signer.Keys;

public sealed class A_key_place
{
    private const string Uri = "pkcs11:token=hsm;object=it's,pkcs11?module-path=/usr/lib/softhsm/libsofthsm2.so";

    private static readonly SecretSource Secret = new SecretSource.File("/run/secret");
    private static readonly KeySecrets None = new(null, null, IsNew: true);
    private static readonly Pkcs11Uri Token = Pkcs11Uri.TryParse(Uri, out var uri, out var fault) ? uri : throw new InvalidOperationException(fault);

    [Fact]
    public void Is_a_path_a_credential_a_sealed_file_or_a_tokens()
    {
        Assert.Equal(new KeyLocation.File("/keys/shop"), Parse("/keys/shop", None));
        Assert.Equal(new KeyLocation.File(Path.GetFullPath("sealed")), Parse("sealed", None));
        Assert.Equal(new KeyLocation.Credential("shop"), Parse("credential:shop", None));
        Assert.Equal(new KeyLocation.SealedFile("/keys/a,b", Secret), Parse("sealed:/keys/a,b", None with { Passphrase = Secret }));
        Assert.Equal(new KeyLocation.TokenObject(Token, Secret), Parse(Uri, None with { Pin = Secret }));
        Assert.Equal(new KeyLocation.TokenSealedFile("/keys/a,b", Token, Secret), Parse($"sealed:/keys/a,b,{Uri}", None with { Pin = Secret }));
    }

    [Fact]
    public void Asks_for_a_secret_that_is_not_named_twice_for_a_new_passphrase_until_it_is_made()
    {
        var made = Parse("sealed:/keys/shop", None);
        Assert.Equal(new SecretSource.Prompt("Passphrase of /keys/shop", Twice: true), made.Secret);
        Assert.Equal(new SecretSource.Prompt("Passphrase of /keys/shop", Twice: false), made.Made().Secret);
        Assert.Equal(new SecretSource.Prompt("PIN of the token hsm", Twice: false), Parse(Uri, None).Secret);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("/keys/a\nb", "control characters")]
    [InlineData("sealed:", "names no file behind sealed:")]
    [InlineData("sealed:," + Uri, "names no file behind sealed:")]
    [InlineData("sealed:/keys/shop,pkcs11:token=hsm", "is no URI of a key on a token: it must end with ?module-path=")]
    [InlineData("pkcs11:token=hsm", "is no URI of a key on a token: it must end with ?module-path=")]
    [InlineData("credential:", "the name of a systemd credential")]
    [InlineData("credential:../key", "the name of a systemd credential")]
    public void Is_refused_with_its_reason(string text, string reason)
    {
        Assert.False(KeyPlace.TryParse(text, None, out _, out var fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_refused_with_a_secret_that_it_does_not_have()
    {
        Assert.False(KeyPlace.TryParse("/keys/shop", None with { Passphrase = Secret }, out _, out _));
        Assert.False(KeyPlace.TryParse(Uri, None with { Passphrase = Secret }, out _, out _));
        Assert.False(KeyPlace.TryParse("sealed:/keys/shop", None with { Pin = Secret }, out _, out _));
    }

    [Fact]
    public void Is_written_for_the_configuration_as_it_is_read_there()
    {
        foreach (var place in (KeyLocation[])
            [
                new KeyLocation.File("/keys/it's: {odd} # \"name\""),
                new KeyLocation.Credential("shop.key"),
                new KeyLocation.SealedFile("/keys/shop", new SecretSource.Credential("pass")),
                new KeyLocation.SealedFile("/keys/shop", new SecretSource.Descriptor(7)),
                new KeyLocation.TokenObject(Token, Secret),
                new KeyLocation.TokenSealedFile("/keys/shop", Token, Secret),
            ])
        {
            Assert.Equal(place, ReadBack(place));
        }

        // A prompt is nothing for a daemon: a credential stands in, to be chosen.
        var prompted = Parse("sealed:/keys/shop", None);
        Assert.Equal(new KeyLocation.SealedFile("/keys/shop", new SecretSource.Credential("passphrase")), ReadBack(prompted));
    }

    private static KeyLocation Parse(string text, KeySecrets secrets)
    {
        Assert.True(KeyPlace.TryParse(text, secrets, out var location, out var fault), fault);
        return location;
    }

    private static KeyLocation ReadBack(KeyLocation place)
    {
        var yaml = "key:\n" + string.Concat(KeyLocationText.Lines(place).Select(line => $"  {line}\n"));
        Assert.True(YamlConfiguration.TryParse<KeyLocation>(yaml, "/etc/obs/signer.yaml", Bind, out var read, out var problems), string.Join('\n', problems) + yaml);
        return read!;
    }

    private static bool Bind(ConfigurationSection root, out KeyLocation location)
    {
        location = KeyLocationBinder.Bind(root);
        return true;
    }
}
