using System.Diagnostics;
using System.Text;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>A program run by a test: its output by lines, its end, and never left behind.</summary>
internal sealed class Tool : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private Tool(Process process) => _process = process;

    public int Id => _process.Id;

    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    public static Tool Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var tool = new Tool(Process.Start(start)!);
        tool._process.ErrorDataReceived += (_, line) =>
        {
            lock (tool._errors)
                tool._errors.AppendLine(line.Data);
        };
        tool._process.BeginErrorReadLine();
        return tool;
    }

    /// <summary>This very test assembly as a program: see Helpers/Program.cs.</summary>
    public static Tool StartHelper(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, params string[] under)
    {
        string[] line = [.. under, "dotnet", "exec", typeof(Tool).Assembly.Location, .. arguments];
        return Start(line[0], line[1..], environment);
    }

    /// <summary>Whatever it prints until it ends, which it must do with the exit code 0 within the time.</summary>
    public static async Task<string> OutputAsync(Tool tool, TimeSpan bound)
    {
        await using (tool)
        {
            var (code, output) = await tool.EndAsync(bound);
            return code == 0 ? output : throw new InvalidOperationException($"ended with {code}: {output}{tool.Errors}");
        }
    }

    public async Task<string> LineAsync(TimeSpan bound)
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(bound);
        return line ?? throw new InvalidOperationException($"ended early: {Errors}");
    }

    public async Task<(int Code, string Output)> EndAsync(TimeSpan bound)
    {
        using var late = new CancellationTokenSource(bound);
        var output = await _process.StandardOutput.ReadToEndAsync(late.Token);
        await _process.WaitForExitAsync(late.Token);
        return (_process.ExitCode, output);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
