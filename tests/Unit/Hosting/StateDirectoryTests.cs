using System.Diagnostics;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class StateDirectoryTests : IDisposable
{
    private const uint Stranger = 54321;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Is_good_when_it_is_ours_or_will_be()
    {
        Assert.True(StateDirectory.TryCheckOwner(_folder.Path, out var problem), problem);
        Assert.True(StateDirectory.TryCheckOwner(Path.Combine(_folder.Path, "not/yet"), out problem), problem);
        Assert.True(StateDirectory.TryCheckOwner("/nowhere/at/all", Stranger, out problem), problem);
    }

    [Fact]
    public void Of_another_user_it_is_refused_with_what_to_do()
    {
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = Process.Start("chown", ["nobody", _folder.Path]);
            chown.WaitForExit();
        }

        var owner = Environment.IsPrivilegedProcess ? "nobody" : LibC.UserName(LibC.EffectiveUser());
        Assert.False(StateDirectory.TryCheckOwner(_folder.Path, Stranger, out var problem));
        Assert.StartsWith(
            $"{_folder.Path} belongs to user {owner}, who could not read what user {Stranger} makes in it: run this as its owner, with 'runuser -u {owner} -- ",
            problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Left_by_root_it_can_be_given_to_the_daemons_user()
    {
        Assert.False(StateDirectory.TryCheckOwner("/usr", Stranger, out var problem));
        Assert.StartsWith($"/usr belongs to user root, and user {Stranger} runs this: if that is the daemon's user, do 'chown -R {Stranger} /usr'", problem, StringComparison.Ordinal);
    }
}
