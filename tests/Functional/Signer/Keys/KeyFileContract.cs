using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

/// <summary>What every key store that reads a file keeps to beside that.</summary>
public abstract class KeyFileContract : IdentityKeyStoreContract
{
    protected KeyFileContract() => Directory.CreateDirectory(Path.GetDirectoryName(KeyFile)!);

    /// <summary>The file that the store under test reads.</summary>
    protected virtual string KeyFile => InFolder("shop");

    protected override string Place => KeyFile;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(96)]
    [InlineData(1 << 20)]
    public void Tells_of_a_file_that_is_no_key(int length)
    {
        AtomicFile.Write(KeyFile, new byte[length]);
        AssertFault(Open(), KeyFile);
    }

    [Fact]
    public void Tells_of_a_file_cut_short_anywhere()
    {
        Keep(Seed(1));
        var store = Open();
        var whole = File.ReadAllBytes(KeyFile);
        // The last byte of a text file may be the end of its line, which a reader can do without.
        for (var length = whole.Length - 2; length > 0; length -= 7)
        {
            AtomicFile.Write(KeyFile, whole.AsSpan(0, length));
            AssertFault(store, KeyFile);
        }
    }

    [Theory]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void Tells_of_a_file_that_is_open_to_others(UnixFileMode extra)
    {
        Keep(Seed(1));
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | extra);
        AssertFault(Open(), "is mode");
    }

    [Fact]
    public void Tells_of_a_folder_that_is_open_to_others()
    {
        Keep(Seed(1));
        File.SetUnixFileMode(Folder, (UnixFileMode)Convert.ToInt32("777", 8));
        AssertFault(Open(), "is mode 0777");
    }

    protected override void Lose() => File.Delete(KeyFile);
}
