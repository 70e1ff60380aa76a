using OnionBalance.Split.Hosting.Files;

namespace OnionBalance.Split.Hosting;

/// <summary>What to do about a file or folder of another user, in words.</summary>
public static class OwnerText
{
    /// <summary>One line on a secret that who runs this may not read.</summary>
    public static string MayNotRead(string path) => $"{path}: may not be read by user {LibC.UserName(LibC.EffectiveUser())}, who runs this: {HowToCopy(path, LibC.EffectiveUser())}";

    /// <summary>As it can be called from anywhere; started through the dotnet command it has no path of its own.</summary>
    private static string Program
    {
        get
        {
            var name = AppDomain.CurrentDomain.FriendlyName;
            return Environment.ProcessPath is { } path && Path.GetFileName(path) == name ? path : name;
        }
    }

    internal static string HowToRunAs(uint owner) =>
        $"run this as its owner, with 'runuser -u {LibC.UserName(owner)} -- {Program} ...'";

    /// <summary>For a key that another host or program left.</summary>
    internal static string HowToCopy(string path, uint user) =>
        $"as root make a copy for this user, with 'install -o {LibC.UserName(user)} -m 600 {path} COPY'";
}
