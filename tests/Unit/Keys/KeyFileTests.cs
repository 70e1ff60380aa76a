using System.Text;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Keys;

public sealed class KeyFileTests
{
    // openssl genpkey -algorithm ED25519; openssl pkey -pubout -outform DER | tail -c 32
    private const string OpenSslPem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINFC3FUWWg5rHAqoqgzqkVm/I+2oSWEeHUchQAJFe/Px\n-----END PRIVATE KEY-----\n";

    [Fact]
    public void Tor_key_files_round_trip()
    {
        using var key = IdentitySecretKey.Generate();
        using var file = TorKeyFile.WriteSecret(key);
        Assert.Equal(96, file.Length);
        Assert.True(TorKeyFile.TryReadSecret(file.Span, out var read));
        using (read)
            Assert.Equal(key.PublicKey, read.PublicKey);
        Assert.True(TorKeyFile.TryReadPublic(TorKeyFile.WritePublic(key.PublicKey), out var publicKey));
        Assert.Equal(key.PublicKey, publicKey);
    }

    [Fact]
    public void Only_exactly_96_bytes_with_tors_header_and_a_clamped_scalar_are_a_secret_key()
    {
        using var key = IdentitySecretKey.Generate();
        using var file = TorKeyFile.WriteSecret(key);
        var bytes = file.Span.ToArray();
        Assert.False(TorKeyFile.TryReadSecret(bytes.AsSpan(0, 64), out _));
        Assert.False(TorKeyFile.TryReadSecret(bytes.AsSpan(0, 95), out _));
        Assert.False(TorKeyFile.TryReadSecret([.. bytes, 0], out _));
        Assert.False(TorKeyFile.TryReadSecret([.. "== ed25519v1-secret: type1 =="u8, .. bytes.AsSpan(29)], out _));
        bytes[32] |= 1;
        Assert.False(TorKeyFile.TryReadSecret(bytes, out _));
    }

    [Fact]
    public void Pem_of_openssl_is_read_and_written_alike()
    {
        Assert.True(PemKeyFile.TryReadSecret(Encoding.ASCII.GetBytes(OpenSslPem), out var key));
        using (key)
            Assert.Equal("c4776d7f8c288e696cd26a67f85f662abd0cb26f85e400497b0d9491c637a1e8", key.PublicKey.Bytes.ToHex());
        var seed = Convert.FromBase64String("MC4CAQAwBQYDK2VwBCIEINFC3FUWWg5rHAqoqgzqkVm/I+2oSWEeHUchQAJFe/Px")[16..];
        using var written = PemKeyFile.WriteSecret(seed);
        Assert.Equal(OpenSslPem, Encoding.ASCII.GetString(written.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINFC3FUWWg5rHAqoqgzqkVm/I+2oSWEeHUchQAJFe/Px\n-----END EC PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIPEY0ulVXtlBkJRtnTEiunvNgXRw0QbrDdApgTA8ybmd\n-----END PRIVATE KEY-----\n")] // X25519
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINFC3FUWWg5rHAqoqgzqkVm/I+2oSWEeHUchQAJFew==\n-----END PRIVATE KEY-----\n")]
    public void Other_pem_is_refused(string text) => Assert.False(PemKeyFile.TryReadSecret(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Secrets_do_not_print()
    {
        using var key = IdentitySecretKey.Generate();
        var expanded = new byte[64];
        key.ExportExpanded(expanded);
        Assert.DoesNotContain(Convert.ToHexStringLower(expanded.AsSpan(0, 8)), key.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("[...]", key.ToString(), StringComparison.Ordinal);
        using var secret = SecretBytes.CopyOf(expanded);
        Assert.Equal("[64 secret bytes]", secret.ToString());
        secret.Dispose();
        Assert.Throws<ObjectDisposedException>(() => secret.Span.Length);
    }
}
