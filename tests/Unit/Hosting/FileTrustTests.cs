using System.Diagnostics;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class FileTrustTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("600", true, true)]
    [InlineData("400", true, true)]
    [InlineData("640", false, true)]
    [InlineData("604", false, true)]
    [InlineData("644", false, true)]
    [InlineData("660", false, false)]
    [InlineData("602", false, false)]
    public void The_mode_decides_who_could_read_or_change_it(string mode, bool asSecret, bool asPublic)
    {
        var file = WriteFile("key", mode);
        // Group root may read what root owns: that is how systemd hands credentials over.
        var byRootsGroup = Environment.IsPrivilegedProcess && mode == "640";
        Assert.Equal(asSecret || byRootsGroup, FileTrust.TryCheckPrivateFile(file, out var problem));
        Assert.Equal(asPublic, FileTrust.TryCheckFile(file, out _));
        if (problem is not null)
            Assert.StartsWith($"{file}: is mode 0{mode}", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_on_the_way_count_too()
    {
        var open = Directory.CreateDirectory(Path.Combine(_folder.Path, "open"));
        var file = WriteFile("open/key", "600");
        Assert.True(FileTrust.TryCheckPrivateFile(file, out _));
        File.SetUnixFileMode(open.FullName, Mode("777"));
        Assert.False(FileTrust.TryCheckPrivateFile(file, out var problem));
        Assert.Equal($"{open.FullName}: is mode 0777, so that others can replace what is in it; do chmod go-w {open.FullName}", problem);
        File.SetUnixFileMode(open.FullName, Mode("1777"));
        Assert.True(FileTrust.TryCheckPrivateFile(file, out _));
    }

    [Fact]
    public void A_folder_for_a_secret_is_no_file_and_closed_to_the_writing_of_others()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "keys")).FullName;
        Assert.True(FileTrust.TryCheckDirectory(folder, out var problem), problem);
        Assert.False(FileTrust.TryCheckDirectory(WriteFile("keys/key", "600"), out problem));
        Assert.EndsWith("is not a directory", problem, StringComparison.Ordinal);
        File.SetUnixFileMode(folder, Mode("770"));
        Assert.False(FileTrust.TryCheckDirectory(folder, out problem));
        Assert.Contains("is mode 0770", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_followed_and_every_folder_on_that_way_counts()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "far"));
        WriteFile("far/key", "600");
        var link = Path.Combine(_folder.Path, "link");
        File.CreateSymbolicLink(link, "./far/../far/key");
        Assert.True(FileTrust.TryCheckPrivateFile(link, out _));
        File.SetUnixFileMode(Path.Combine(_folder.Path, "far"), Mode("775"));
        Assert.False(FileTrust.TryCheckPrivateFile(link, out var problem));
        Assert.Contains("/far: is mode 0775", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_a_circle_come_to_an_end()
    {
        var (one, two) = (Path.Combine(_folder.Path, "one"), Path.Combine(_folder.Path, "two"));
        File.CreateSymbolicLink(one, two);
        File.CreateSymbolicLink(two, one);
        Assert.False(FileTrust.TryCheckPrivateFile(one, out var problem));
        Assert.Contains("circle", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_somebody_else_is_refused()
    {
        var file = WriteFile("key", "600");
        var us = uint.MaxValue - 1;
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = Process.Start("chown", ["54321", file]);
            chown.WaitForExit();
            us = 0;
        }

        Assert.False(FileTrust.TryCheck(file, FileTrust.Wanted.Secret, us, out var problem));
        var owner = LibC.UserName(Environment.IsPrivilegedProcess ? 54321 : LibC.EffectiveUser());
        Assert.Contains($": belongs to user {owner}, and user {LibC.UserName(us)} runs this: run this as its owner, with 'runuser -u {owner} -- ", problem, StringComparison.Ordinal);
        Assert.EndsWith($"...', or as root make a copy for this user, with 'install -o {LibC.UserName(us)} -m 600 {file} COPY'", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_file_is_refused()
    {
        Assert.False(FileTrust.TryCheckFile(Path.Combine(_folder.Path, "none"), out var missing));
        Assert.Contains("No such file", missing, StringComparison.Ordinal);
        Assert.False(FileTrust.TryCheckFile(_folder.Path, out var folder));
        Assert.Contains("not a regular file", folder, StringComparison.Ordinal);
        Assert.False(FileTrust.TryCheckFile(WriteFile("file", "600") + "/key", out var below));
        Assert.Contains("not a directory", below, StringComparison.Ordinal);
    }

    private string WriteFile(string name, string mode)
    {
        var path = _folder.Write(name, [1]);
        File.SetUnixFileMode(path, Mode(mode));
        return path;
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
