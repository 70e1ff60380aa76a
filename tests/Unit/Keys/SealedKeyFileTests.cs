using System.Buffers.Binary;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Keys;

public sealed class SealedKeyFileTests : IDisposable
{
    private static readonly PassphraseDerivation Cheap = PassphraseDerivation.Create(passes: 1, memoryKib: 8);

    private readonly IdentitySecretKey _key = IdentitySecretKey.Generate();
    private readonly PassphraseKey _passphraseKey = Derive("correct horse"u8, Cheap);

    public void Dispose()
    {
        _key.Dispose();
        _passphraseKey.Dispose();
    }

    [Fact]
    public void A_key_comes_back_from_its_passphrase_and_the_file_alone()
    {
        var file = SealedKeyFile.Seal(_key, _passphraseKey);
        Assert.Equal(SealedKeyFile.Length, file.Length);
        Assert.True(SealedKeyFile.TryReadDerivation(file, out var derivation));
        using var again = Derive("correct horse"u8, derivation);
        Assert.True(SealedKeyFile.TryOpen(file, again, out var opened));
        var (before, after) = (new byte[64], new byte[64]);
        _key.ExportExpanded(before);
        opened.ExportExpanded(after);
        opened.Dispose();
        Assert.Equal(before, after);
    }

    [Fact]
    public void A_file_with_any_bit_changed_is_refused()
    {
        var file = SealedKeyFile.Seal(_key, _passphraseKey);
        for (var bit = 0; bit < file.Length * 8; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SealedKeyFile.TryOpen(file, _passphraseKey, out _), $"bit {bit}");
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(SealedKeyFile.TryOpen(file, _passphraseKey, out var opened));
        opened.Dispose();
    }

    [Fact]
    public void The_cost_in_the_file_is_authenticated_by_the_key_itself()
    {
        var file = SealedKeyFile.Seal(_key, _passphraseKey);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(28), 2);
        Assert.True(SealedKeyFile.TryReadDerivation(file, out var forged));
        using var derived = Derive("correct horse"u8, forged);
        Assert.False(SealedKeyFile.TryOpen(file, derived, out _));
    }

    [Fact]
    public void Another_passphrase_or_another_length_is_refused()
    {
        var file = SealedKeyFile.Seal(_key, _passphraseKey);
        using var other = Derive("correct horsf"u8, Cheap);
        Assert.False(SealedKeyFile.TryOpen(file, other, out _));
        Assert.False(SealedKeyFile.TryOpen(file.AsSpan(..^1), _passphraseKey, out _));
        Assert.False(SealedKeyFile.TryOpen([.. file, 0], _passphraseKey, out _));
    }

    [Theory]
    [InlineData(28, 0u)]
    [InlineData(28, 17u)]
    [InlineData(28, uint.MaxValue)]
    [InlineData(32, 7u)]
    [InlineData(32, 1024 * 1024 + 1u)]
    [InlineData(32, 100u * 1024 * 1024)]
    [InlineData(32, uint.MaxValue)]
    public void A_file_that_asks_for_an_unbearable_cost_is_refused_before_it_is_paid(int at, uint value)
    {
        var file = SealedKeyFile.Seal(_key, _passphraseKey);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at), value);
        Assert.False(SealedKeyFile.TryReadDerivation(file, out var derivation));
        Assert.False(PassphraseKey.TryDerive("correct horse"u8, derivation, out _));
    }

    [Fact]
    public void Two_files_of_one_key_have_nothing_in_common_after_the_salt() =>
        Assert.NotEqual(SealedKeyFile.Seal(_key, _passphraseKey)[52..76], SealedKeyFile.Seal(_key, _passphraseKey)[52..76]);

    private static PassphraseKey Derive(ReadOnlySpan<byte> passphrase, PassphraseDerivation derivation)
    {
        Assert.True(PassphraseKey.TryDerive(passphrase, derivation, out var key));
        return key;
    }
}
