using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.InstanceAgent;

namespace OnionBalance.Split.Tests.Functional.Collector;

/// <summary>The collector as the real program with a real configuration file. Its tor is not there, unless a test puts a <see cref="ScriptedTor"/> in its place: see tests/Integration for real ones.</summary>
internal sealed class CollectorUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly StringBuilder _log = new();
    private readonly TlsFiles _tls;
    private Process? _process;

    public CollectorUnderTest(AgentPki pki)
    {
        _tls = pki.Issue(PeerRole.Collector, "collector1");
        Folder = pki.Folder;
        ConfigFile = Path.Combine(Folder, "collector.yaml");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
    }

    public string Folder { get; }

    public string ConfigFile { get; }

    public string Endpoint { get; }

    /// <summary>Where it looks for its tor's control port.</summary>
    public string TorSocket => Path.Combine(Folder, "tor.sock");

    public string PeerSocket => Path.Combine(Folder, "peers.sock");

    public string OperatorSocket => Path.Combine(Folder, "operator.sock");

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    public void Configure(string master, IEnumerable<(string Address, string Agent)> instances, string more = "") =>
        File.WriteAllText(
            ConfigFile,
            $"""
            tor:
              control: unix:{TorSocket}
            listen: ["{Endpoint}", "unix:{PeerSocket}"]
            operator_socket: {OperatorSocket}
            state_directory: {Folder}/state
            tls:
              certificate: {_tls.Certificate}
              key: {_tls.Key}
              ca: {_tls.Ca}
            services:
              - address: {master}
                instances:
            {string.Join('\n', instances.Select(instance => $"      - address: {instance.Address}\n        agent: {instance.Agent}"))}
            {more}
            """);

    public async Task StartAsync()
    {
        _process = Run("run");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitForLogAsync("onionbalance-collector runs with");
    }

    /// <summary>Another verb, to its end.</summary>
    public async Task<(int ExitCode, string Output, string Error)> VerbAsync(params string[] verb)
    {
        using var process = Run(verb);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(_patience);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>TERM, HUP, KILL.</summary>
    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var timeout = new CancellationTokenSource(_patience);
        await _process!.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async Task WaitForLogAsync(string text)
    {
        using var timeout = new CancellationTokenSource(_patience);
        while (!Log.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(timeout.IsCancellationRequested, $"'{text}' is not in the collector's log:\n{Log}");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    public void ForgetLog()
    {
        lock (_log)
            _log.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private Process Run(params string[] verb)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "onionbalance-collector"), [.. verb, "--config", ConfigFile])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        process.Start();
        return process;
    }

    private void Keep(string? line)
    {
        lock (_log)
            _log.AppendLine(line);
    }
}
