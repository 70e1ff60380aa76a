using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Hosting;

/// <summary>
/// A daemon's state directory belongs to the daemon's user, and so must all that is made in it: what another makes there,
/// root too, is for himself alone, and the daemon cannot read it. Asked by all that writes there, before anything is made.
/// </summary>
public static class StateDirectory
{
    /// <summary>
    /// Whether who runs this owns the directory. One that is still to be made must not be in a folder of a third user.
    /// On false, <paramref name="problem"/> is one line that begins with the path at fault.
    /// </summary>
    public static bool TryCheckOwner(string path, [NotNullWhen(false)] out string? problem) =>
        TryCheckOwner(path, LibC.EffectiveUser(), out problem);

    /// <exception cref="DaemonException">Somebody else owns it, or it is not there and cannot be made.</exception>
    public static void CheckOwner(string path)
    {
        if (!TryCheckOwner(path, out var problem) || !TryCheckPlace(path, out problem))
            throw new DaemonException(problem);
    }

    /// <summary>Not for check-config: a service manager may be about to make the directory.</summary>
    private static bool TryCheckPlace(string path, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        var nearest = Nearest(path, out _, out var isThere);
        if (isThere || WritableFolder.TryCheck(nearest, out var why))
            return true;
        problem = $"{path} is not there and cannot be made, since {why}: as root do 'install -d -m 700 -o {LibC.UserName(LibC.EffectiveUser())} {path}'";
        return false;
    }

    internal static bool TryCheckOwner(string path, uint user, [NotNullWhen(false)] out string? problem)
    {
        var folder = Nearest(path, out var status, out var isThere);
        problem = status.User == user || (status.User == 0 && !isThere) ? null : Explain(folder, status.User, user);
        return problem is null;
    }

    /// <summary>It, or what there is of the way to it.</summary>
    private static string Nearest(string path, out LibC.FileStatus status, out bool isThere)
    {
        var whole = Path.GetFullPath(path);
        var folder = whole;
        while (LibC.Status(LibC.AtCurrentDirectory, folder, 0, LibC.BasicStatus, out status) != 0 && Path.GetDirectoryName(folder) is { } above)
            folder = above;
        isThere = folder == whole;
        return folder;
    }

    private static string Explain(string folder, uint owner, uint user)
    {
        var (name, us) = (LibC.UserName(owner), LibC.UserName(user));
        return owner == 0
            ? $"{folder} belongs to user {name}, and user {us} runs this: if that is the daemon's user, do 'chown -R {us} {folder}'; if not, run this as the daemon's user"
            : $"{folder} belongs to user {name}, who could not read what user {us} makes in it: {OwnerText.HowToRunAs(owner)}";
    }
}
