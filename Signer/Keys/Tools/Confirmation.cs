using System.CommandLine;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>Says what a verb is about to do with a permanent key, and goes on only when a person or the option agrees.</summary>
internal static class Confirmation
{
    public static Option<bool> Option() => new("--yes", "-y") { Description = "Do not ask; for scripts." };

    /// <exception cref="DaemonException">It was not agreed to, or there is no terminal to ask on.</exception>
    public static void Ask(ParseResult parsed, Option<bool> yes, string explanation)
    {
        var writer = parsed.InvocationConfiguration.Error;
        writer.WriteLine(explanation);
        if (parsed.GetValue(yes))
            return;
        if (Console.IsInputRedirected)
            throw new DaemonException("nothing was done: there is no terminal to confirm on; give --yes in a script");
        writer.Write("Go on? Type yes: ");
        if (Console.ReadLine() != "yes")
            throw new DaemonException("nothing was done");
    }
}
