using System.ComponentModel;
using System.Diagnostics;

namespace OnionBalance.Split.PrivateTorNetwork.Processes;

/// <summary>Runs a short-lived tool to its end and gives back what it wrote.</summary>
public static class ToolRun
{
    public static async Task<(int ExitCode, string Output, string Errors)> CompleteAsync(
        string program, IEnumerable<string> arguments, string? input, string? workingDirectory, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new PrivateNetworkException($"{program} cannot be started ({error.Message}); Debian: apt-get install tor", error);
        }

        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input.AsMemory(), ct).ConfigureAwait(false);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>As <see cref="CompleteAsync"/>, but anything else than exit code 0 is an error that quotes the tool.</summary>
    public static async Task<string> RequireAsync(
        string program, IEnumerable<string> arguments, string? input, string? workingDirectory, CancellationToken ct)
    {
        var (exitCode, output, errors) = await CompleteAsync(program, arguments, input, workingDirectory, ct).ConfigureAwait(false);
        return exitCode == 0
            ? output
            : throw new PrivateNetworkException($"{program} ended with exit code {exitCode}: {errors.Trim()} {output.Trim()}");
    }
}
