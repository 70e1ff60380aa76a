using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

/// <summary>What every key store keeps to, whatever it is made of. A kind of store derives this and says how a key gets in.</summary>
public abstract class IdentityKeyStoreContract : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("key-store-test-");

    private protected TokenModules Tokens { get; } = new(TimeProvider.System);

    protected string Folder => _folder.FullName;

    /// <summary>What the reason names when there is no key.</summary>
    protected abstract string Place { get; }

    protected string InFolder(string name) => Path.Combine(Folder, name);

    /// <summary>Keeps the key of a seed where the store reads it, in place of what is there.</summary>
    protected abstract void Keep(ReadOnlySpan<byte> seed);

    /// <summary>Takes away what <see cref="Keep"/> kept.</summary>
    protected abstract void Lose();

    /// <summary>Opens the store; the key need not be there yet.</summary>
    private protected abstract IIdentityKeyStore Open();

    [Fact]
    public void Opens_the_key_that_was_kept_and_signs_with_it()
    {
        var seed = Seed(1);
        Keep(seed);
        using var expected = IdentitySecretKey.FromSeed(seed);
        using var opened = OpenKey(Open());
        Assert.Equal(expected.PublicKey, opened.PublicKey);
        Assert.Equal(Sign(expected), Sign(opened));
    }

    [Fact]
    public void Reads_the_key_anew_each_time_and_keeps_none()
    {
        Keep(Seed(1));
        var store = Open();
        using var first = OpenKey(store);
        Keep(Seed(2));
        using var second = OpenKey(store);
        Assert.NotEqual(first.PublicKey, second.PublicKey);
        Lose();
        AssertFault(store, Place);
        Keep(Seed(1));
        using var third = OpenKey(store);
        Assert.Equal(first.PublicKey, third.PublicKey);
    }

    [Fact]
    public void Describes_itself_without_a_secret()
    {
        var seed = Seed(1);
        Keep(seed);
        using var key = IdentitySecretKey.FromSeed(seed);
        var expanded = new byte[IdentitySecretKey.ExpandedLength];
        key.ExportExpanded(expanded);
        var description = Open().Description;
        Assert.NotEmpty(description);
        foreach (var secret in (byte[][])[seed, expanded[..32], expanded[32..]])
        {
            Assert.DoesNotContain(Convert.ToHexString(secret), description, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(secret), description, StringComparison.Ordinal);
        }
    }

    public virtual void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected static void AssertFault(IIdentityKeyStore store, string told)
    {
        Assert.False(store.TryOpen(out var key, out var fault));
        Assert.Null(key);
        Assert.Contains(told, fault, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault);
    }

    protected static byte[] Seed(byte fill) => [.. Enumerable.Repeat(fill, 32)];

    private static IdentitySecretKey OpenKey(IIdentityKeyStore store)
    {
        Assert.True(store.TryOpen(out var key, out var fault), fault);
        return key;
    }

    private static byte[] Sign(IdentitySecretKey key)
    {
        var signature = new byte[64];
        key.Sign("a message"u8, signature);
        return signature;
    }
}
