using System.Diagnostics;

namespace OnionBalance.Split.PrivateTorNetwork.Processes;

/// <summary>
/// A child process that cannot outlive its owner, not even one that was killed with SIGKILL.
/// </summary>
/// <remarks>
/// PR_SET_PDEATHSIG would fire when the pool thread that forked ends. So a shell first leaves a small watcher behind, which
/// reads from a pipe that only the owner holds open, and then becomes the program itself: the process id is the
/// program's. When the pipe closes without a word, the owner is gone and the watcher kills. The program runs in a
/// session of its own, so that Ctrl-C in a terminal reaches the owner alone, and with signals as a program has them by
/// itself: who was started by nohup, or in the background of a script, would hand on that SIGHUP or SIGINT is ignored.
/// </remarks>
public sealed class GuardedProcess : IAsyncDisposable
{
    private const string Script =
        """
        exec 3<&0
        self=$$
        (trap '' HUP INT TERM; exec setsid sh -c 'read -r word || kill -KILL "$1"' onionbalance-watch "$self" <&3 3<&- >/dev/null 2>&1) &
        exec setsid env --default-signal=HUP,INT,QUIT "$@" </dev/null 3<&-
        """;

    private readonly Process _process;
    private readonly List<Task> _pumps = [];
    private readonly Task _ended;
    private int _disposed;

    private GuardedProcess(Process process)
    {
        _process = process;
        _ended = WatchEndAsync();
    }

    /// <summary>The process id of the program itself, not of a wrapper.</summary>
    public int Id => _process.Id;

    public bool HasExited => _ended.IsCompleted || _process.HasExited;

    /// <summary>Completes when the program has ended and its output was read to the end.</summary>
    public Task Ended => _ended;

    /// <summary>The exit code; 128 + signal when a signal ended it. Only after <see cref="Ended"/>.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a program. Its output lines go to <paramref name="output"/> (from a pool thread) or nowhere.</summary>
    public static GuardedProcess Start(
        string program,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string>? environment = null,
        Action<string>? output = null)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        start.ArgumentList.Add("onionbalance-guard");
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;

        var process = new Process { StartInfo = start };
        process.Start();
        return new GuardedProcess(process).Pump(output);
    }

    /// <summary>SIGKILL, and wait until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!HasExited)
            _process.Kill();
        await _ended.ConfigureAwait(false);
    }

    /// <summary>SIGTERM; SIGKILL when it has not ended within <paramref name="patience"/>. True when it ended by itself.</summary>
    public async Task<bool> StopAsync(TimeSpan patience, TimeProvider time)
    {
        if (!HasExited)
            Signal(Processes.Signal.Terminate);
        try
        {
            await _ended.WaitAsync(patience, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            await KillAsync().ConfigureAwait(false);
            return false;
        }
    }

    public void Signal(Signal signal)
    {
        if (!HasExited)
            _ = LibC.Kill(_process.Id, (int)signal);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await KillAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    private GuardedProcess Pump(Action<string>? output)
    {
        _pumps.Add(ReadLinesAsync(_process.StandardOutput, output));
        _pumps.Add(ReadLinesAsync(_process.StandardError, output));
        return this;
    }

    private static async Task ReadLinesAsync(StreamReader reader, Action<string>? output)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            output?.Invoke(line);
    }

    private async Task WatchEndAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        await Task.WhenAll(_pumps).ConfigureAwait(false);
        try
        {
            // A word instead of a closed pipe: the process id may be another's by now, so the watcher must not kill it.
            await _process.StandardInput.WriteAsync("ended\n").ConfigureAwait(false);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The watcher was already gone.
        }
    }
}
