using System.Text;
using OnionBalance.Split.PrivateTorNetwork.Processes;

namespace OnionBalance.Split.PrivateTorNetwork.Deployment;

/// <summary>
/// One daemon of a deployment, as the real executable with a real configuration file. It can be stopped, killed and
/// started again; what it writes goes to <see cref="LogFile"/>.
/// </summary>
public sealed class DaemonProcess : IAsyncDisposable
{
    private static readonly TimeSpan _stopPatience = TimeSpan.FromSeconds(15);

    private readonly string _program;
    private readonly TimeProvider _time;
    private readonly Lock _logLock = new();
    private GuardedProcess? _process;
    private bool _askedToEnd;

    internal DaemonProcess(string program, string name, string configFile, TimeProvider time)
    {
        _program = program;
        _time = time;
        Name = name;
        ConfigFile = configFile;
        LogFile = Path.ChangeExtension(configFile, ".log");
    }

    public string Name { get; }

    /// <summary>Its YAML file; write a new one and send SIGHUP to have it re-read.</summary>
    public string ConfigFile { get; }

    public string LogFile { get; }

    /// <summary>Environment variables of its next start, beside this process's own.</summary>
    public IDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        // The deployment's machines have little memory each; here they share one.
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_TieredPGO"] = "0",
        // As in the systemd units; and a daemon that is killed would leave its socket in the temporary folder.
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>The process id while it runs.</summary>
    public int? Id => _process is { HasExited: false } running ? running.Id : null;

    public bool IsRunning => Id is not null;

    /// <summary>Starts it (again) with "run --config FILE". Returns when the process exists.</summary>
    public async Task StartAsync()
    {
        if (IsRunning)
            return;
        if (_process is not null)
            await _process.DisposeAsync().ConfigureAwait(false);
        _askedToEnd = false;
        _process = GuardedProcess.Start(
            _program,
            ["run", "--config", ConfigFile],
            Path.GetDirectoryName(ConfigFile),
            new Dictionary<string, string>(Environment),
            Keep);
    }

    /// <summary>SIGKILL: as a machine that loses its power.</summary>
    public async Task KillAsync()
    {
        _askedToEnd = true;
        if (_process is not null)
            await _process.KillAsync().ConfigureAwait(false);
    }

    /// <summary>SIGTERM and wait; false when it had to be killed after 15 s.</summary>
    public async Task<bool> StopAsync()
    {
        _askedToEnd = true;
        return _process is null || await _process.StopAsync(_stopPatience, _time).ConfigureAwait(false);
    }

    public void Signal(Signal signal) => _process?.Signal(signal);

    /// <summary>It was started and has ended, and neither StopAsync nor KillAsync asked it to.</summary>
    public bool EndedUnasked => !_askedToEnd && _process is { HasExited: true };

    /// <summary>The exit code of the run that has ended.</summary>
    public int? ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : null;

    public string LogText()
    {
        lock (_logLock)
            return File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";
    }

    /// <summary>The last lines that it wrote, for an error message.</summary>
    public string LogTail(int lines = 8) => string.Join('\n', LogText().TrimEnd().Split('\n').TakeLast(lines));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync().ConfigureAwait(false);
    }

    private void Keep(string line)
    {
        lock (_logLock)
            File.AppendAllText(LogFile, line + "\n", Encoding.UTF8);
    }
}
