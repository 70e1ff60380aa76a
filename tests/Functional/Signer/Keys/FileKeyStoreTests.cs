using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

public sealed class A_key_in_tors_directory : KeyFileContract
{
    protected override string KeyFile => InFolder("shop/hs_ed25519_secret_key");

    [Fact]
    public void Is_found_by_its_own_name_too()
    {
        Keep(new byte[32]);
        Assert.True(KeyStores.Open(new KeyLocation.File(KeyFile), Tokens).TryOpen(out var key, out var fault), fault);
        key.Dispose();
    }

    protected override void Keep(ReadOnlySpan<byte> seed)
    {
        using var key = IdentitySecretKey.FromSeed(seed);
        using var file = TorKeyFile.WriteSecret(key);
        AtomicFile.Write(KeyFile, file.Span);
    }

    private protected override IIdentityKeyStore Open() => KeyStores.Open(new KeyLocation.File(InFolder("shop")), Tokens);
}

public sealed class A_key_in_a_pem_file : KeyFileContract
{
    [Fact]
    public void Is_told_to_be_encrypted_with_what_to_do()
    {
        AtomicFile.Write(KeyFile, Encoding.ASCII.GetBytes(KeyToolBench.EncryptedPem()));
        AssertFault(Open(), $"{KeyFile}: is an encrypted PKCS#8 PEM file; decrypt it, into a folder in memory, with 'openssl pkey -in {KeyFile} -out ");
    }

    protected override void Keep(ReadOnlySpan<byte> seed)
    {
        using var file = PemKeyFile.WriteSecret(seed);
        AtomicFile.Write(KeyFile, file.Span);
    }

    private protected override IIdentityKeyStore Open() => KeyStores.Open(new KeyLocation.File(KeyFile), Tokens);
}

public sealed class A_key_in_a_systemd_credential : KeyFileContract
{
    public A_key_in_a_systemd_credential() =>
        Environment.SetEnvironmentVariable(SystemdCredential.FolderVariable, Path.GetDirectoryName(KeyFile));

    public override void Dispose()
    {
        Environment.SetEnvironmentVariable(SystemdCredential.FolderVariable, null);
        base.Dispose();
    }

    [Fact]
    public void Is_told_to_be_out_of_reach_outside_of_a_unit()
    {
        Keep(new byte[32]);
        Environment.SetEnvironmentVariable(SystemdCredential.FolderVariable, null);
        AssertFault(Open(), "LoadCredential=shop:PATH");
        Environment.SetEnvironmentVariable(SystemdCredential.FolderVariable, "relative");
        AssertFault(Open(), "is not an absolute path");
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    public void Has_a_name_that_stays_in_its_folder(string name) => Assert.False(SystemdCredential.IsName(name));

    protected override void Keep(ReadOnlySpan<byte> seed)
    {
        using var key = IdentitySecretKey.FromSeed(seed);
        using var file = TorKeyFile.WriteSecret(key);
        AtomicFile.Write(KeyFile, file.Span, UnixFileMode.UserRead);
    }

    private protected override IIdentityKeyStore Open() => KeyStores.Open(new KeyLocation.Credential("shop"), Tokens);
}
