using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

[Collection("SoftHSM")]
public sealed class A_key_as_a_tokens_object : IdentityKeyStoreContract
{
    private readonly SoftHsm _hsm = new();

    public A_key_as_a_tokens_object() => _hsm.AddToken("one");

    protected override string Place => "pkcs11:token=one;object=shop";

    private Pkcs11Uri Uri => _hsm.Uri("token=one;object=shop");

    public override void Dispose()
    {
        _hsm.Dispose();
        base.Dispose();
    }

    protected override void Keep(ReadOnlySpan<byte> seed)
    {
        if (_hsm.LogIn("one", "--list-objects").Contains("shop", StringComparison.Ordinal))
            Lose();
        using var key = IdentitySecretKey.FromSeed(seed);
        Assert.True(new TokenObjectKeyStore(Uri, _hsm.PinSource, Tokens).TryCreate(key, out var fault), fault);
    }

    protected override void Lose() => _hsm.LogIn("one", "--delete-object", "--type", "secrkey", "--label", "shop");

    private protected override IIdentityKeyStore Open() => KeyStores.Open(new KeyLocation.TokenObject(Uri, _hsm.PinSource), Tokens);
}

[Collection("SoftHSM")]
public sealed class A_key_sealed_by_a_tokens_AES_key() : TokenSealedContract("aes");

[Collection("SoftHSM")]
public sealed class A_key_sealed_by_a_tokens_RSA_key() : TokenSealedContract("rsa");

public abstract class TokenSealedContract : KeyFileContract
{
    private readonly SoftHsm _hsm = new();
    private readonly string _label;

    protected TokenSealedContract(string label)
    {
        _label = label;
        _hsm.AddToken("one");
        _hsm.LogIn("one", "--keygen", "--key-type", "AES:32", "--label", "aes", "--sensitive");
        _hsm.LogIn("one", "--keypairgen", "--key-type", "RSA:2048", "--label", "rsa");
    }

    private Pkcs11Uri Uri => _hsm.Uri($"token=one;object={_label}");

    public override void Dispose()
    {
        _hsm.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override void Keep(ReadOnlySpan<byte> seed)
    {
        Lose();
        using var key = IdentitySecretKey.FromSeed(seed);
        Assert.True(new TokenSealedKeyStore(KeyFile, Uri, _hsm.PinSource, Tokens).TryCreate(key, out var fault), fault);
    }

    private protected override IIdentityKeyStore Open() => KeyStores.Open(new KeyLocation.TokenSealedFile(KeyFile, Uri, _hsm.PinSource), Tokens);
}
