using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Hosting;

/// <summary>
/// Whether nobody but this process's user and root can have changed, or for a secret have read, a file: by owner and mode
/// of the file and of every directory on the way to it, links followed.
/// </summary>
public static class FileTrust
{
    private const int FileTypeMask = 0xF000;
    private const int Directory = 0x4000;
    private const int RegularFile = 0x8000;
    private const int Link = 0xA000;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OthersAny =
        OthersWrite | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const int MostSteps = 256;

    /// <summary>For a secret: a regular file of mode 0600 or 0400. On false, <paramref name="problem"/> is one line that begins with the path at fault.</summary>
    public static bool TryCheckPrivateFile(string path, [NotNullWhen(false)] out string? problem) =>
        TryCheck(path, Wanted.Secret, LibC.EffectiveUser(), out problem);

    /// <summary>For what others may read but not change: certificates, configuration.</summary>
    public static bool TryCheckFile(string path, [NotNullWhen(false)] out string? problem) =>
        TryCheck(path, Wanted.File, LibC.EffectiveUser(), out problem);

    /// <summary>For a directory that a secret is to be written to.</summary>
    public static bool TryCheckDirectory(string path, [NotNullWhen(false)] out string? problem) =>
        TryCheck(path, Wanted.Directory, LibC.EffectiveUser(), out problem);

    internal static bool TryCheck(string path, Wanted wanted, uint user, [NotNullWhen(false)] out string? problem)
    {
        var pending = new Stack<string>();
        Push(pending, Path.GetFullPath(path));
        var current = "/";
        problem = FaultOfRoot(user);
        for (var step = 0; problem is null && pending.TryPop(out var part); step++)
        {
            if (step == MostSteps)
            {
                problem = $"{path}: its links run in a circle";
                return false;
            }

            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? "/";
                continue;
            }

            var next = Path.Combine(current, part);
            if (LibC.Status(LibC.AtCurrentDirectory, next, LibC.DoNotFollow, LibC.BasicStatus, out var status) != 0)
            {
                problem = $"{next}: {LibC.LastError()}{(wanted == Wanted.Secret && Marshal.GetLastPInvokeError() == LibC.AccessDenied ? $"; {OwnerText.HowToCopy(path, user)}" : "")}";
                return false;
            }

            if ((status.Mode & FileTypeMask) == Link)
            {
                // Who may replace the link is who may write its directory, and that has been checked.
                var target = new FileInfo(next).LinkTarget ?? "";
                if (Path.IsPathRooted(target))
                    current = "/";
                Push(pending, target);
                continue;
            }

            if (FaultOfOwner(next, status, user) is { } foreign)
                problem = wanted == Wanted.Secret ? $"{foreign}, or {OwnerText.HowToCopy(path, user)}" : foreign;
            else if (pending.Count > 0 || wanted == Wanted.Directory)
                problem = FaultOfDirectory(next, status);
            else
                problem = FaultOfFile(next, status, wanted == Wanted.Secret, user);
            current = next;
        }

        return problem is null;
    }

    private static void Push(Stack<string> pending, string path)
    {
        foreach (var part in path.Split('/').Reverse())
        {
            if (part is not ("" or "."))
                pending.Push(part);
        }
    }

    private static string? FaultOfRoot(uint user) =>
        LibC.Status(LibC.AtCurrentDirectory, "/", 0, LibC.BasicStatus, out var status) != 0
            ? $"/: {LibC.LastError()}"
            : FaultOfOwner("/", status, user) ?? FaultOfDirectory("/", status);

    private static string? FaultOfDirectory(string path, LibC.FileStatus status)
    {
        if ((status.Mode & FileTypeMask) != Directory)
            return $"{path}: is not a directory";
        var mode = ModeOf(status);
        return (mode & OthersWrite) != 0 && (mode & UnixFileMode.StickyBit) == 0
            ? $"{path}: is mode {Octal(mode)}, so that others can replace what is in it; do chmod go-w {path}"
            : null;
    }

    private static string? FaultOfFile(string path, LibC.FileStatus status, bool secret, uint user)
    {
        if ((status.Mode & FileTypeMask) != RegularFile)
            return $"{path}: is not a regular file";
        var mode = ModeOf(status);
        if ((mode & OthersWrite) != 0)
            return $"{path}: is mode {Octal(mode)}, so that others can write it; do chmod go-w {path}";
        // systemd hands credentials over as root's, group root, 0440.
        var forbidden = status is { User: 0, Group: 0 } ? OthersAny & ~UnixFileMode.GroupRead : OthersAny;
        return secret && (mode & forbidden) != 0
            ? $"{path}: is mode {Octal(mode)}, so that others can read this secret; {(status.User == user ? $"do chmod 600 {path}" : OwnerText.HowToCopy(path, user))}"
            : null;
    }

    private static string? FaultOfOwner(string path, LibC.FileStatus status, uint user) =>
        status.User == 0 || status.User == user
            ? null
            : $"{path}: belongs to user {LibC.UserName(status.User)}, and user {LibC.UserName(user)} runs this: {OwnerText.HowToRunAs(status.User)}";

    private static UnixFileMode ModeOf(LibC.FileStatus status) => (UnixFileMode)(status.Mode & 0xFFF);

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');

    /// <summary>What the path must lead to.</summary>
    internal enum Wanted
    {
        File,
        Secret,
        Directory,
    }
}
