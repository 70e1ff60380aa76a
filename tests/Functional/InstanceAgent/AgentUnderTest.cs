using System.Diagnostics;
using System.Text;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.InstanceAgent;

/// <summary>The agent as the real program with a real configuration file.</summary>
internal sealed class AgentUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly string _configuration;
    private readonly TlsFiles _tls;
    private readonly StringBuilder _log = new();
    private Process? _process;

    public AgentUnderTest(AgentPki pki, string name)
    {
        _tls = pki.Issue(PeerRole.Agent, name);
        _configuration = Path.Combine(pki.Folder, name + ".yaml");
    }

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>The instances as (address, control endpoint).</summary>
    public void Configure(IEnumerable<(string Endpoint, string? Name)> collectors, IEnumerable<(string Address, string Control)> instances, string proxy = "") =>
        File.WriteAllText(
            _configuration,
            $"""
            collectors:
            {string.Join('\n', collectors.Select(c => $"  - endpoint: {c.Endpoint}{(c.Name is null ? "" : $"\n    name: {c.Name}")}"))}
            {proxy}
            tls:
              certificate: {_tls.Certificate}
              key: {_tls.Key}
              ca: {_tls.Ca}
            instances:
            {string.Join('\n', instances.Select(i => $"  - address: {i.Address}\n    tor:\n      control: {i.Control}"))}
            """);

    public void Start()
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "onionbalance-agent"), ["run", "--config", _configuration])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>TERM, HUP and so on.</summary>
    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var timeout = new CancellationTokenSource(_patience);
        await _process!.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until a line of the log holds the text.</summary>
    public async Task WaitForLogAsync(string text)
    {
        using var timeout = new CancellationTokenSource(_patience);
        while (!Log.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(timeout.IsCancellationRequested, $"'{text}' is not in the agent's log:\n{Log}");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    public int CountInLog(string text) => Log.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));

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

    private void Keep(string? line)
    {
        lock (_log)
            _log.AppendLine(line);
    }
}
