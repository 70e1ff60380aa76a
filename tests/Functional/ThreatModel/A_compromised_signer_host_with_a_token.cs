using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;
using OnionBalance.Split.Tests.Unit.ThreatModel;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.ThreatModel;

/// <summary>
/// Row of the threat table: the Signer host, with the key on a token or in a file sealed by one. What lies on the disk is
/// worth nothing without the token and its PIN.
/// </summary>
[Collection("SoftHSM")]
public sealed class A_compromised_signer_host_with_a_token : IDisposable
{
    private readonly SoftHsm _hsm = new();
    private readonly IdentitySecretKey _key = IdentitySecretKey.Generate();
    private readonly DirectoryInfo _disk = Directory.CreateTempSubdirectory("stolen-disk-");

    public A_compromised_signer_host_with_a_token()
    {
        _hsm.AddToken("one");
        _hsm.OpenSc("--token-label", "one", "--login", "--pin", SoftHsm.Pin, "--keygen", "--key-type", "AES:32", "--label", "aes", "--sensitive");
    }

    private string Sealed => Path.Combine(_disk.FullName, "sealed");

    public void Dispose()
    {
        _key.Dispose();
        _hsm.Dispose();
        _disk.Delete(recursive: true);
    }

    [Fact]
    public void Gives_no_key_with_the_sealed_file_and_without_the_token()
    {
        var store = _hsm.SealedStore(Sealed, "token=one;object=aes");
        Assert.True(store.TryCreate(_key, out var fault), fault);
        Assert.False(new KeyHunt([_key.PublicKey.Bytes]).Succeeds(File.ReadAllBytes(Sealed)));
        _hsm.Pull();
        AssertShut(store);
        _hsm.PutBack();
        AssertOpens(store);
    }

    [Fact]
    public void Gives_no_key_with_the_sealed_file_and_another_token_of_that_name()
    {
        Assert.True(_hsm.SealedStore(Sealed, "token=one;object=aes").TryCreate(_key, out var fault), fault);
        _hsm.AddToken("two");
        _hsm.OpenSc("--token-label", "two", "--login", "--pin", SoftHsm.Pin, "--keygen", "--key-type", "AES:32", "--label", "aes", "--sensitive");
        AssertShut(_hsm.SealedStore(Sealed, "token=two;object=aes"));
        AssertOpens(_hsm.SealedStore(Sealed, "token=one;object=aes"));
    }

    [Fact]
    public void Gives_no_key_with_the_token_and_without_its_pin()
    {
        var onToken = _hsm.Store("token=one;object=shop");
        Assert.True(onToken.TryCreate(_key, out var fault), fault);
        Assert.True(_hsm.SealedStore(Sealed, "token=one;object=aes").TryCreate(_key, out fault), fault);
        var hunt = new KeyHunt([_key.PublicKey.Bytes]);
        Assert.All(Directory.GetFiles(_hsm.Tokens, "*", SearchOption.AllDirectories), file => Assert.False(hunt.Succeeds(File.ReadAllBytes(file)), file));

        AssertShut(new TokenObjectKeyStore(Elsewhere("token=one;object=shop"), Pin("27182818"), new TokenModules(TimeProvider.System)));
        AssertShut(new TokenSealedKeyStore(Sealed, Elsewhere("token=one;object=aes"), Pin("27182818"), new TokenModules(TimeProvider.System)));

        // Control: with the PIN both give it.
        AssertOpens(new TokenObjectKeyStore(Elsewhere("token=one;object=shop"), Pin(SoftHsm.Pin), new TokenModules(TimeProvider.System)));
        AssertOpens(new TokenSealedKeyStore(Sealed, Elsewhere("token=one;object=aes"), Pin(SoftHsm.Pin), new TokenModules(TimeProvider.System)));
    }

    /// <summary>As the thief's own program finds it: a copy of the module knows of no login.</summary>
    private Pkcs11Uri Elsewhere(string attributes)
    {
        var module = Path.Combine(_disk.FullName, $"{Guid.NewGuid():N}.so");
        File.Copy(_hsm.Module, module);
        Assert.True(Pkcs11Uri.TryParse($"pkcs11:{attributes}?module-path={module}", out var uri, out var fault), fault);
        return uri;
    }

    private SecretSource.File Pin(string pin)
    {
        var file = Path.Combine(_disk.FullName, $"{Guid.NewGuid():N}.pin");
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(pin));
        return new SecretSource.File(file);
    }

    private static void AssertShut(IIdentityKeyStore store)
    {
        Assert.False(store.TryOpen(out _, out var fault));
        Assert.NotEqual("", fault);
    }

    private void AssertOpens(IIdentityKeyStore store)
    {
        Assert.True(store.TryOpen(out var key, out var fault), fault);
        using (key)
            Assert.Equal(_key.PublicKey, key!.PublicKey);
    }
}
