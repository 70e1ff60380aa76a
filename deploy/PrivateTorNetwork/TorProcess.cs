using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork.Processes;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.PrivateTorNetwork;

/// <summary>
/// One tor of a private network. It can be killed, stopped and started again; ports and data directory stay the same.
/// </summary>
public sealed class TorProcess : IAsyncDisposable
{
    private static readonly TimeSpan _stopPatience = TimeSpan.FromSeconds(10);

    private readonly string _program;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _outputLock = new();
    private GuardedProcess? _process;

    internal TorProcess(string program, string name, string folder, int controlPort, int socksPort, TimeProvider time)
    {
        _program = program;
        _time = time;
        Name = name;
        DataDirectory = folder;
        var endpoint = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{controlPort}");
        ControlEndpoint = ControlEndpoint.TryParse(endpoint, out var control) ? control : throw new ArgumentOutOfRangeException(nameof(controlPort));
        SocksPort = socksPort;
    }

    public string Name { get; }

    /// <summary>tor's data directory; the log, the torrc and the control cookie lie in it.</summary>
    public string DataDirectory { get; }

    /// <summary>The control port on 127.0.0.1; authentication by <see cref="CookieFile"/>. ToString() is as configuration files write it.</summary>
    public ControlEndpoint ControlEndpoint { get; }

    /// <summary>The SOCKS port on 127.0.0.1; 0 for a tor without one.</summary>
    public int SocksPort { get; }

    public string SocksEndpoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{SocksPort}");

    public string CookieFile => Path.Combine(DataDirectory, "control_auth_cookie");

    public string LogFile => Path.Combine(DataDirectory, "tor.log");

    public string TorrcFile => Path.Combine(DataDirectory, "torrc");

    /// <summary>The process id while it runs.</summary>
    public int? Id => _process is { HasExited: false } running ? running.Id : null;

    public bool IsRunning => Id is not null;

    /// <summary>Starts it (again). Returns when the process exists; its control port follows within about half a second.</summary>
    public async Task StartAsync(CancellationToken ct = default)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (IsRunning)
                return;
            if (_process is not null)
                await _process.DisposeAsync().ConfigureAwait(false);
            // The old cookie would be read by whoever connects before tor has written the new one.
            File.Delete(CookieFile);
            _process = GuardedProcess.Start(_program, ["-f", TorrcFile, "--hush"], DataDirectory, output: KeepOutput);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>SIGKILL: as a machine that loses its power.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
            await _process.KillAsync().ConfigureAwait(false);
    }

    /// <summary>SIGTERM and wait for the end; SIGKILL after 10 s.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
            await _process.StopAsync(_stopPatience, _time).ConfigureAwait(false);
    }

    /// <summary>Sends a signal, for example SIGSTOP for a tor that hangs.</summary>
    public void Signal(Signal signal) => _process?.Signal(signal);

    /// <summary>A connection of one's own to its control port.</summary>
    public Task<ControlConnection> ConnectAsync(CancellationToken ct = default) =>
        ControlConnection.ConnectAsync(ControlEndpoint, null, ControlLimits.Default, _time, ct);

    /// <summary>The last lines of its log, for an error message.</summary>
    public string LogTail(int lines = 8)
    {
        try
        {
            return string.Join('\n', File.ReadLines(LogFile).TakeLast(lines));
        }
        catch (IOException)
        {
            return "(no log)";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync().ConfigureAwait(false);
    }

    // What tor writes before its log file is open: a refused torrc, above all.
    private void KeepOutput(string line)
    {
        lock (_outputLock)
            File.AppendAllText(Path.Combine(DataDirectory, "tor.out"), line + "\n");
    }
}
