using System.Diagnostics;

namespace OnionBalance.Split.Tests.Functional;

/// <summary>A second user of the machine, for tests that run as root, and what is his.</summary>
internal static class OtherUser
{
    public const string Name = "nobody";

    /// <summary>chown -R.</summary>
    public static void Give(string path)
    {
        using var chown = Process.Start("chown", ["-R", Name, path]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }

    /// <summary>All that is in a folder, with owners, modes and contents.</summary>
    public static string Everything(string folder)
    {
        using var list = Process.Start(new ProcessStartInfo("sh", ["-c", "find . -printf '%p %u %m\\n' | sort; find . -type f -exec sha256sum {} + | sort"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        })!;
        var listed = list.StandardOutput.ReadToEnd();
        list.WaitForExit();
        Assert.Equal(0, list.ExitCode);
        return listed;
    }

    /// <summary>A program as root for whom owners and modes count as they do for any user.</summary>
    public static ProcessStartInfo WithoutOverride(string program, params string[] arguments)
    {
        const string Override = "-dac_override,-dac_read_search";
        return new ProcessStartInfo("setpriv", ["--bounding-set", Override, "--inh-caps", Override, program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
    }
}
