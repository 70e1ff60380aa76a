using System.IO.Pipes;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

[Collection("SoftHSM")]
public sealed class A_slow_token : IDisposable
{
    private const ulong Slowness = 3000;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    private readonly SoftHsm _hsm = new(troubled: true, Bound);
    private readonly IdentitySecretKey _key = IdentitySecretKey.Generate();

    public A_slow_token() => _hsm.AddToken("one");

    private TokenObjectKeyStore Store => _hsm.Store("token=one;object=shop");

    public void Dispose()
    {
        _key.Dispose();
        _hsm.Dispose();
    }

    [Fact]
    public async Task Is_not_waited_for_beyond_the_bound_and_serves_again_once_it_has_answered()
    {
        Assert.True(Store.TryCreate(_key, out var fault), fault);
        _hsm.Troubles.Are(("C_WrapKey", "delay", Slowness));
        var started = TimeProvider.System.GetTimestamp();
        AssertFails("has not answered in time");
        AssertFails("has not yet answered");
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), Bound, TimeSpan.FromMilliseconds(Slowness));
        _hsm.Troubles.AreOver();
        await OpensAsync();
    }

    [Fact]
    public async Task Is_given_the_whole_key_though_its_owner_has_wiped_it_meanwhile()
    {
        _hsm.Troubles.Are(("C_CreateObject", "delay", Slowness));
        var given = IdentitySecretKey.FromSeed(new byte[32]);
        Assert.False(Store.TryCreate(given, out var fault));
        Assert.Contains("has not answered in time", fault, StringComparison.Ordinal);
        given.Dispose();
        _hsm.Troubles.AreOver();
        using var expected = IdentitySecretKey.FromSeed(new byte[32]);
        using var opened = await OpensAsync();
        Assert.Equal(expected.PublicKey, opened.PublicKey);
    }

    [Fact]
    public async Task Is_not_one_whose_PIN_is_slow_to_come()
    {
        Assert.True(Store.TryCreate(_key, out var fault), fault);
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        using var end = pipe.ClientSafePipeHandle;
        var pin = new SecretSource.Descriptor((int)end.DangerousGetHandle());
        // Modules of its own: not logged in yet.
        var store = new TokenObjectKeyStore(_hsm.Uri("token=one;object=shop"), pin, new TokenModules(TimeProvider.System, Bound));
        var opening = Task.Run(() =>
        {
            Assert.True(store.TryOpen(out var key, out var why), why);
            return key;
        });
        await Task.Delay(2 * Bound);
        Assert.False(opening.IsCompleted);
        pipe.Write("31415926\n"u8);
        pipe.Close();
        using var key = await opening;
        Assert.Equal(_key.PublicKey, key!.PublicKey);
    }

    private void AssertFails(string reason)
    {
        Assert.False(Store.TryOpen(out _, out var fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }

    /// <summary>As soon as the late call has ended.</summary>
    private async Task<IdentitySecretKey> OpensAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (Store.TryOpen(out var key, out var fault))
                return key;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), fault);
            await Task.Delay(100);
        }
    }
}
