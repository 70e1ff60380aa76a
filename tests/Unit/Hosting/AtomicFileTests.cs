using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "state");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_whole_and_for_its_owner_alone()
    {
        System.IO.File.WriteAllText(File, "old and much longer than the new");
        AtomicFile.Write(File, "new"u8);
        Assert.Equal("new", System.IO.File.ReadAllText(File));
        Assert.Equal(AtomicFile.OwnerOnly, System.IO.File.GetUnixFileMode(File));
        Assert.Equal([File], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_wider_mode_is_given_whatever_the_umask()
    {
        const UnixFileMode mode = AtomicFile.OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        AtomicFile.Write(File, "public"u8, mode);
        Assert.Equal(mode, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void A_file_that_is_there_is_not_created_anew()
    {
        AtomicFile.Create(File, "first"u8);
        Assert.Equal(AtomicFile.OwnerOnly, System.IO.File.GetUnixFileMode(File));
        Assert.Throws<IOException>(() => AtomicFile.Create(File, "second"u8));
        Assert.Equal("first", System.IO.File.ReadAllText(File));
        Assert.Equal([File], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_and_no_litter()
    {
        Directory.CreateDirectory(File);
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(File, "new"u8));
        Assert.True(Directory.Exists(File));
        Assert.Equal([File], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_file_is_made_whole_and_never_over_another()
    {
        AtomicFile.Create(File, "first"u8);
        Assert.Equal("first", System.IO.File.ReadAllText(File));
        Assert.Equal(AtomicFile.OwnerOnly, System.IO.File.GetUnixFileMode(File));
        Assert.Contains("exists", Assert.Throws<IOException>(() => AtomicFile.Create(File, "second"u8)).Message, StringComparison.Ordinal);
        Assert.Equal("first", System.IO.File.ReadAllText(File));
        Assert.Equal([File], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Of_many_that_make_one_file_at_once_one_does()
    {
        var made = new int[16];
        Parallel.For(0, made.Length, maker =>
        {
            try
            {
                AtomicFile.Create(File, [(byte)maker]);
                made[maker] = 1;
            }
            catch (IOException)
            {
                // Another was first.
            }
        });
        Assert.Equal(1, made.Sum());
        Assert.Equal(1, made[System.IO.File.ReadAllBytes(File)[0]]);
    }

    [Fact]
    public void What_a_crash_left_is_known_by_its_name_and_removed()
    {
        var left = Path.Combine(_folder.Path, ".state.0123456789abcdef.obs-tmp");
        var other = Path.Combine(_folder.Path, ".hidden");
        foreach (var path in (string[])[left, other, File])
            System.IO.File.WriteAllText(path, "x");
        Assert.True(AtomicFile.IsTemporary(left));
        Assert.False(AtomicFile.IsTemporary(File));
        AtomicFile.RemoveLeftovers(_folder.Path);
        Assert.Equal([other, File], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_reader_never_sees_half_a_file()
    {
        var (small, large) = (new byte[10], Enumerable.Repeat((byte)1, 100_000).ToArray());
        AtomicFile.Write(File, small);
        var writing = Task.Run(() =>
        {
            for (var round = 0; round < 40; round++)
                AtomicFile.Write(File, round % 2 == 0 ? large : small);
        });
        while (!writing.IsCompleted)
        {
            var read = System.IO.File.ReadAllBytes(File);
            Assert.True(read.Length == small.Length || read.Length == large.Length);
            Assert.True(read.AsSpan().IndexOfAnyExcept((byte)(read.Length == small.Length ? 0 : 1)) < 0);
        }
    }
}
