using System.IO.Pipes;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

/// <summary>Lost sessions, failing calls, refused PINs and missing mechanisms, played to a real token's users by the module between.</summary>
[Collection("SoftHSM")]
public sealed class A_token_in_trouble : IDisposable
{
    private const ulong DeviceError = 0x30;
    private const ulong PinIncorrect = 0xA0;
    private const ulong TokenNotPresent = 0xE0;
    private const ulong AesKeyWrapPad = 0x210A;

    private readonly SoftHsm _hsm = new(troubled: true);
    private readonly IdentitySecretKey _key = IdentitySecretKey.Generate();

    public A_token_in_trouble() => _hsm.AddToken("one");

    public void Dispose()
    {
        _key.Dispose();
        _hsm.Dispose();
    }

    [Theory]
    [InlineData("C_WrapKey", 0xB3ul)] // CKR_SESSION_HANDLE_INVALID
    [InlineData("C_FindObjects", 0x101ul)] // CKR_USER_NOT_LOGGED_IN: another user of the card logged out
    [InlineData("C_OpenSession", 0x32ul)] // CKR_DEVICE_REMOVED
    [InlineData("C_CreateObject", 0x190ul)] // CKR_CRYPTOKI_NOT_INITIALIZED
    public void That_loses_its_session_is_logged_in_to_again_within_the_request(string function, ulong result)
    {
        var store = Created();
        _hsm.Troubles.Are((function, "once", result));
        _hsm.Troubles.Calls("C_Login");
        AssertOpens(store);
        Assert.Equal(1, _hsm.Troubles.Calls("C_Login"));
    }

    [Fact]
    public void That_fails_for_a_while_is_tried_within_bounds_and_serves_when_it_is_well()
    {
        var store = Created();
        _hsm.Troubles.Calls("");
        _hsm.Troubles.Are(("C_WrapKey", "return", DeviceError));
        AssertFails(store, "CKR_DEVICE_ERROR");
        Assert.InRange(_hsm.Troubles.Calls("C_WrapKey"), 2, 4);
        _hsm.Troubles.Are(("C_WrapKey", "return", DeviceError), ("C_Initialize", "return", DeviceError));
        AssertFails(store, "C_Initialize returned CKR_DEVICE_ERROR");
        _hsm.Troubles.AreOver();
        AssertOpens(store);
    }

    [Theory]
    [InlineData(PinIncorrect, "refuses the PIN (CKR_PIN_INCORRECT)")]
    [InlineData(0xA2ul, "refuses the PIN (CKR_PIN_LEN_RANGE)")]
    [InlineData(0x05ul, "CKR_GENERAL_ERROR")]
    public void That_refuses_a_login_is_asked_once_in_a_request(ulong result, string reason)
    {
        var store = Created();
        _hsm.Troubles.Are(("C_Login", "return", result), ("C_WrapKey", "once", 0xB3ul));
        _hsm.Troubles.Calls("");
        AssertFails(store, reason);
        Assert.Equal(1, _hsm.Troubles.Calls("C_Login"));
    }

    [Fact]
    public void That_refused_a_PIN_is_not_given_it_again_by_any_service()
    {
        _hsm.KeepPin("27182818");
        AssertFails(_hsm.Store("token=one;object=shop"), "refuses the PIN");
        _hsm.Troubles.Calls("");
        AssertFails(_hsm.Store("token=one;object=shop"), "not tried again");
        AssertFails(_hsm.Store("token=one;object=other"), "not tried again");
        // One wrong PIN after another does not make the first one good.
        _hsm.KeepPin("16180339");
        AssertFails(_hsm.Store("token=one;object=other"), "refuses the PIN");
        _hsm.KeepPin("27182818");
        AssertFails(_hsm.Store("token=one;object=shop"), "not tried again");
        Assert.Equal(1, _hsm.Troubles.Calls("C_Login"));
    }

    [Theory]
    [InlineData(0x20000ul, "one more wrong PIN locks the token")] // CKF_USER_PIN_FINAL_TRY
    [InlineData(0x40000ul, "the token's PIN is locked")] // CKF_USER_PIN_LOCKED
    public void That_is_about_to_lock_is_not_asked(ulong flag, string reason)
    {
        _hsm.Troubles.Are(("C_GetTokenInfo", "flags", flag));
        AssertFails(_hsm.Store("token=one;object=shop"), reason);
        Assert.Equal(0, _hsm.Troubles.Calls("C_Login"));
    }

    [Fact]
    public void Without_padded_key_wrap_gives_the_key_by_the_plain_one_and_without_both_keeps_nothing()
    {
        var store = Created();
        _hsm.Troubles.Are(("C_GetMechanismInfo", "hide", AesKeyWrapPad));
        AssertOpens(store);
        // No mechanism at all.
        _hsm.Troubles.Are(("C_GetMechanismInfo", "return", 0x70ul));
        AssertFails(store, "neither CKM_AES_KEY_WRAP_PAD nor CKM_AES_KEY_WRAP");
        Assert.False(_hsm.Store("token=one;object=novel").TryCreate(_key, out _));
        Assert.DoesNotContain("novel", _hsm.LogIn("one", "--list-objects"), StringComparison.Ordinal);
    }

    [Fact]
    public void That_does_not_give_a_new_key_back_does_not_keep_it()
    {
        _hsm.Troubles.Are(("C_WrapKey", "return", 0x6Aul));
        Assert.False(_hsm.Store("token=one;object=shop").TryCreate(_key, out var fault));
        Assert.Contains("CKR_KEY_UNEXTRACTABLE", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("shop", _hsm.LogIn("one", "--list-objects"), StringComparison.Ordinal);
    }

    [Fact]
    public void That_tells_of_its_keys_one_by_one_hides_no_second_match()
    {
        Assert.True(_hsm.Store("token=one;object=shop;id=%01").TryCreate(_key, out var fault), fault);
        Assert.True(_hsm.Store("token=one;object=shop;id=%02").TryCreate(_key, out fault), fault);
        _hsm.Troubles.Are(("C_FindObjects", "single", 0ul));
        AssertFails(_hsm.Store("token=one;object=shop"), "more than one key");
    }

    [Theory]
    [InlineData("zero", 0x120ul, "RSA key")] // CKA_MODULUS
    [InlineData("zero", 0x162ul, null)] // CKA_EXTRACTABLE: zero is what it should be
    public void With_an_RSA_key_that_is_none_is_told_in_words(string trouble, ulong attribute, string? reason)
    {
        _hsm.LogIn("one", "--keypairgen", "--key-type", "RSA:2048", "--label", "rsa");
        _hsm.Troubles.Are(("C_GetAttributeValue", trouble, attribute));
        var made = _hsm.SealedStore(Sealed(), "token=one;object=rsa").TryCreate(_key, out var fault);
        Assert.Equal(reason is null, made);
        Assert.Contains(reason ?? "", fault ?? "", StringComparison.Ordinal);
        Assert.Equal(made, File.Exists(Sealed()));
    }

    [Fact]
    public void Costs_no_other_token_of_its_module_a_login_that_cannot_be_had_again()
    {
        _hsm.AddToken("two");
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        using var end = pipe.ClientSafePipeHandle;
        pipe.Write("31415926\n"u8);
        pipe.Close();
        var second = _hsm.Store("token=two;object=shop", new SecretSource.Descriptor((int)end.DangerousGetHandle()));
        Assert.True(second.TryCreate(_key, out var fault), fault);
        var first = Created();
        _hsm.Troubles.Calls("");
        _hsm.Troubles.Are(("C_WrapKey", "return", TokenNotPresent));
        AssertFails(first, "CKR_TOKEN_NOT_PRESENT");
        Assert.Equal(0, _hsm.Troubles.Calls("C_Finalize"));
        _hsm.Troubles.AreOver();
        AssertOpens(second);
        AssertOpens(first);
    }

    [Fact]
    public void Is_not_taken_from_another_part_of_the_process()
    {
        var first = Created();
        var second = new TokenObjectKeyStore(_hsm.Uri("token=one;object=shop"), _hsm.PinSource, new TokenModules(TimeProvider.System));
        AssertOpens(second);
        _hsm.Troubles.Calls("");
        _hsm.Troubles.Are(("C_WrapKey", "return", DeviceError));
        AssertFails(second, "CKR_DEVICE_ERROR");
        Assert.Equal(0, _hsm.Troubles.Calls("C_Finalize"));
        _hsm.Troubles.AreOver();
        AssertOpens(first);
        AssertOpens(second);
    }

    [Fact]
    public void Is_not_reached_by_a_module_that_others_can_change()
    {
        File.SetUnixFileMode(_hsm.Module, File.GetUnixFileMode(_hsm.Module) | UnixFileMode.OtherWrite);
        AssertFails(_hsm.Store("token=one;object=shop"), "others can write it");
    }

    private static void AssertFails(TokenObjectKeyStore store, string reason)
    {
        Assert.False(store.TryOpen(out _, out var fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault);
    }

    private TokenObjectKeyStore Created()
    {
        var store = _hsm.Store("token=one;object=shop");
        Assert.True(store.TryCreate(_key, out var fault), fault);
        return store;
    }

    private string Sealed() => _hsm.InFolder("sealed");

    private void AssertOpens(TokenObjectKeyStore store)
    {
        Assert.True(store.TryOpen(out var key, out var fault), fault);
        using (key)
            Assert.Equal(_key.PublicKey, key!.PublicKey);
    }
}
