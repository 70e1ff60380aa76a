using System.Diagnostics;
using System.Globalization;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

/// <summary>What troubled_module.c does with the calls of one module. See there for the troubles.</summary>
internal sealed class Troubles(string module)
{
    private string Control => module + ".control";

    private string CallsFile => Control + ".calls";

    /// <summary>The module, compiled to pass on to a SoftHSM.</summary>
    public static string Compile(string module, string softHsm)
    {
        var start = new ProcessStartInfo(
            "gcc",
            [
                "-shared", "-fPIC", $"-DCONTROL=\"{module}.control\"", $"-DSOFTHSM=\"{softHsm}\"",
                Path.Combine(AppContext.BaseDirectory, "Signer/Pkcs11/troubled_module.c"), "-o", module, "-ldl",
            ])
        { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? module : throw new InvalidOperationException(errors);
    }

    /// <summary>In place of what was before.</summary>
    public void Are(params ReadOnlySpan<(string Function, string Trouble, ulong Value)> troubles)
    {
        var lines = "";
        foreach (var (function, trouble, value) in troubles)
            lines += string.Create(CultureInfo.InvariantCulture, $"{function} {trouble} {value:x}\n");
        AtomicFile.Write(Control, System.Text.Encoding.ASCII.GetBytes(lines));
    }

    public void AreOver() => Are();

    /// <summary>How often a function was called since the last time this was asked.</summary>
    public int Calls(string function)
    {
        var count = File.Exists(CallsFile) ? File.ReadLines(CallsFile).Count(line => line == function) : 0;
        File.Delete(CallsFile);
        return count;
    }
}
