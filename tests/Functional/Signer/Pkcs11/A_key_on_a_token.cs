using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

[Collection("SoftHSM")]
public sealed class A_key_on_a_token : IDisposable
{
    private readonly SoftHsm _hsm = new();
    private readonly IdentitySecretKey _key = IdentitySecretKey.Generate();

    [Fact]
    public void Comes_back_as_it_was_stored_with_one_login_for_many_uses()
    {
        _hsm.AddToken("one");
        var store = _hsm.Store("token=one;object=shop;id=%01");
        Create(store);
        _hsm.LosePin();
        for (var use = 0; use < 20; use++)
            AssertOpens(store);
    }

    [Fact]
    public void Is_private_sensitive_and_never_overwritten()
    {
        _hsm.AddToken("one");
        var store = _hsm.Store("token=one;object=shop");
        Create(store);
        Assert.DoesNotContain("shop", _hsm.OpenSc("--token-label", "one", "--list-objects"), StringComparison.Ordinal);
        var listed = _hsm.LogIn("one", "--list-objects");
        Assert.Contains("shop", listed, StringComparison.Ordinal);
        Assert.Contains("sensitive", listed, StringComparison.Ordinal);
        using var other = IdentitySecretKey.Generate();
        Assert.False(store.TryCreate(other, out var fault));
        Assert.Contains("none is overwritten", fault, StringComparison.Ordinal);
        AssertOpens(store);
    }

    [Fact]
    public void Is_not_guessed_where_two_tokens_or_two_keys_match()
    {
        _hsm.AddToken("twin");
        Create(_hsm.Store("token=twin;object=shop;id=%01"));
        Create(_hsm.Store("token=twin;object=shop;id=%02"));
        AssertFails(_hsm.Store("token=twin;object=shop"), "more than one key");
        AssertOpens(_hsm.Store("token=twin;object=shop;id=%02"));
        AssertFails(_hsm.Store("token=twin;object=other"), "no such key");
        AssertFails(_hsm.Store("token=stranger;object=shop"), "not present");
        _hsm.AddToken("twin");
        AssertFails(_hsm.Store("token=stranger;object=shop"), "not present");
        AssertFails(_hsm.Store("token=twin;object=shop;id=%01"), "2 tokens match");
    }

    [Fact]
    public void Stays_shut_for_a_wrong_pin_which_is_tried_once()
    {
        _hsm.AddToken("one");
        var store = _hsm.Store("token=one;object=shop");
        _hsm.KeepPin("27182818");
        AssertFails(store, "refuses the PIN");
        Assert.Contains("user PIN count low", _hsm.OpenSc("--list-token-slots"), StringComparison.Ordinal);
        for (var use = 0; use < 20; use++)
            AssertFails(store, "not tried again");
        _hsm.KeepPin(SoftHsm.Pin);
        Create(store);
        AssertOpens(store);
    }

    [Fact]
    public void Is_gone_with_the_token_and_back_with_it()
    {
        _hsm.AddToken("one");
        var store = _hsm.Store("token=one;object=shop");
        Create(store);
        for (var pulls = 0; pulls < 3; pulls++)
        {
            _hsm.Pull();
            AssertFails(store, "pkcs11:token=one");
            AssertFails(store, "pkcs11:token=one");
            _hsm.PutBack();
            AssertOpens(store);
        }
    }

    [Fact]
    public void Of_another_length_is_refused()
    {
        _hsm.AddToken("one");
        var file = Path.GetTempFileName();
        File.WriteAllBytes(file, new byte[32]);
        _hsm.LogIn("one", "--write-object", file, "--type", "secrkey", "--label", "short", "--private", "--sensitive", "--extractable");
        File.Delete(file);
        AssertFails(_hsm.Store("token=one;object=short"), "no key of 64 bytes");
    }

    public void Dispose()
    {
        _key.Dispose();
        _hsm.Dispose();
    }

    private void Create(TokenObjectKeyStore store) => Assert.True(store.TryCreate(_key, out var fault), fault);

    private void AssertOpens(TokenObjectKeyStore store)
    {
        Assert.True(store.TryOpen(out var key, out var fault), fault);
        using (key)
            Assert.Equal(_key.PublicKey, key!.PublicKey);
    }

    private static void AssertFails(TokenObjectKeyStore store, string reason)
    {
        Assert.False(store.TryOpen(out _, out var fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }
}
