using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

public sealed class A_key_sealed_by_a_passphrase : KeyFileContract
{
    private readonly string _passphraseFile;

    public A_key_sealed_by_a_passphrase()
    {
        _passphraseFile = InFolder("passphrase");
        AtomicFile.Write(_passphraseFile, "correct horse\n"u8);
    }

    [Fact]
    public void Is_opened_again_without_its_passphrase_but_not_when_sealed_anew()
    {
        Keep(new byte[32]);
        using var store = Open();
        Assert.True(store.TryOpen(out var first, out var fault), fault);
        first.Dispose();
        File.Delete(_passphraseFile);
        Assert.True(store.TryOpen(out var second, out fault), fault);
        second.Dispose();
        Keep(new byte[32]);
        AssertFault(store, _passphraseFile);
    }

    [Fact]
    public void Is_told_to_be_of_another_passphrase()
    {
        Keep(new byte[32]);
        AtomicFile.Write(_passphraseFile, "correct horsf\n"u8);
        using var store = Open();
        AssertFault(store, "the passphrase is not the one");
        AtomicFile.Write(_passphraseFile, "correct horse\nand more\n"u8);
        AssertFault(store, "more than one line");
        AtomicFile.Write(_passphraseFile, "\n"u8);
        AssertFault(store, "an empty secret");
        AtomicFile.Write(_passphraseFile, "correct horse"u8);
        Assert.True(store.TryOpen(out var key, out var fault), fault);
        key.Dispose();
    }

    [Fact]
    public void Is_opened_by_a_short_one_but_not_sealed_anew_by_it()
    {
        using var key = IdentitySecretKey.Generate();
        Assert.True(PassphraseKey.TryDerive("x"u8, PassphraseDerivation.Create(passes: 1, memoryKib: 64), out var passphraseKey));
        using (passphraseKey)
            AtomicFile.Write(KeyFile, SealedKeyFile.Seal(key, passphraseKey));
        AtomicFile.Write(_passphraseFile, "x\n"u8);
        using (var store = Open())
        {
            Assert.True(store.TryOpen(out var opened, out var fault), fault);
            opened.Dispose();
        }

        var sealedAnew = InFolder("anew");
        using var anew = new SealedFileIdentityKeyStore(sealedAnew, new SecretSource.File(_passphraseFile));
        AtomicFile.Write(_passphraseFile, "eleven byte\n"u8);
        Assert.False(anew.TryCreate(key, out var refused));
        Assert.StartsWith($"the passphrase for {sealedAnew} is too short", refused, StringComparison.Ordinal);
        Assert.False(File.Exists(sealedAnew));
        AtomicFile.Write(_passphraseFile, "twelve bytes\n"u8);
        Assert.True(anew.TryCreate(key, out refused), refused);
    }

    protected override void Keep(ReadOnlySpan<byte> seed)
    {
        using var key = IdentitySecretKey.FromSeed(seed);
        Assert.True(PassphraseKey.TryDerive("correct horse"u8, PassphraseDerivation.Create(passes: 1, memoryKib: 64), out var passphraseKey));
        using (passphraseKey)
            AtomicFile.Write(KeyFile, SealedKeyFile.Seal(key, passphraseKey));
    }

    private protected override IIdentityKeyStore Open() => KeyStores.Open(new KeyLocation.SealedFile(KeyFile, new SecretSource.File(_passphraseFile)), Tokens);
}
