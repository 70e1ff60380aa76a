using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

[Collection("SoftHSM")]
public sealed class A_file_sealed_by_a_token : IDisposable
{
    private readonly SoftHsm _hsm = new();
    private readonly IdentitySecretKey _key = IdentitySecretKey.Generate();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sealed-test-");

    public A_file_sealed_by_a_token()
    {
        _hsm.AddToken("one");
        _hsm.LogIn("one", "--keygen", "--key-type", "AES:32", "--label", "aes", "--sensitive");
        _hsm.LogIn("one", "--keypairgen", "--key-type", "RSA:3072", "--label", "rsa");
    }

    private string Sealed => Path.Combine(_folder.FullName, "sealed");

    [Theory]
    [InlineData("aes")]
    [InlineData("rsa")]
    public void Opens_with_its_key_and_is_never_overwritten(string label)
    {
        var store = Store(label);
        Assert.True(store.TryCreate(_key, out var fault), fault);
        AssertOpens(store);
        var expanded = new byte[64];
        _key.ExportExpanded(expanded);
        Assert.Equal(-1, File.ReadAllBytes(Sealed).AsSpan().IndexOf(expanded.AsSpan(0, 16)));
        Assert.False(store.TryCreate(_key, out fault));
        Assert.Contains("is not overwritten", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aes", 1)]
    [InlineData("rsa", 7)]
    public void Stays_shut_with_any_byte_changed_or_missing(string label, int step)
    {
        var store = Store(label);
        Assert.True(store.TryCreate(_key, out var fault), fault);
        var good = File.ReadAllBytes(Sealed);
        for (var at = 0; at < good.Length; at += step)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 1;
            AssertShut(store, bad);
        }

        AssertShut(store, good[..^1]);
        AssertShut(store, [.. good, 0]);
        AssertShut(store, []);
        File.WriteAllBytes(Sealed, good);
        AssertOpens(store);
    }

    [Theory]
    [InlineData("aes")]
    [InlineData("rsa")]
    public void Is_shut_while_the_token_is_away(string label)
    {
        var store = Store(label);
        Assert.True(store.TryCreate(_key, out var fault), fault);
        _hsm.Pull();
        AssertShut(store, File.ReadAllBytes(Sealed));
        _hsm.PutBack();
        AssertOpens(store);
    }

    [Fact]
    public void Is_not_made_under_a_key_that_can_leave_the_token()
    {
        _hsm.LogIn("one", "--keygen", "--key-type", "AES:32", "--label", "loose", "--extractable");
        Assert.False(Store("loose").TryCreate(_key, out var fault));
        Assert.Contains("CKA_EXTRACTABLE", fault, StringComparison.Ordinal);
        Assert.False(File.Exists(Sealed));
    }

    public void Dispose()
    {
        _key.Dispose();
        _hsm.Dispose();
        _folder.Delete(recursive: true);
    }

    private TokenSealedKeyStore Store(string label) => _hsm.SealedStore(Sealed, $"token=one;object={label}");

    private void AssertOpens(TokenSealedKeyStore store)
    {
        Assert.True(store.TryOpen(out var key, out var fault), fault);
        using (key)
            Assert.Equal(_key.PublicKey, key!.PublicKey);
    }

    private void AssertShut(TokenSealedKeyStore store, byte[] content)
    {
        File.WriteAllBytes(Sealed, content);
        Assert.False(store.TryOpen(out _, out var fault));
        Assert.Contains(Sealed, fault, StringComparison.Ordinal);
    }
}
