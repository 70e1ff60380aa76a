using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using OnionBalance.Split.Tests.Functional.Channels;

namespace OnionBalance.Split.Tests.Functional.Hosting;

/// <summary>A daemon as a process: what signals do, what systemd is told, what it ends with.</summary>
public sealed class DaemonProcessTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("onionbalance-daemon-");
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private Tool? _daemon;

    private string ConfigurationFile => Path.Combine(_folder.FullName, "idler.yaml");

    private string NotifySocket => Path.Combine(_folder.FullName, "notify");

    public Task InitializeAsync()
    {
        _systemd.Bind(new UnixDomainSocketEndPoint(NotifySocket));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_daemon is not null)
            await _daemon.DisposeAsync();
        _systemd.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Systemd_hears_of_start_reload_and_stop_and_sigterm_ends_it_well()
    {
        Start("mood: good\nmotto: first\n");
        Assert.Equal("READY=1", await HeardAsync());

        Configure("mood: good\nmotto: second\n");
        Signal("HUP");
        Assert.Equal("applied second", await _daemon!.LineAsync(Patience));
        await AssertReloadedAsync();

        Configure("mood: good\nmoto: third\nmotto: [1]\n");
        Signal("HUP");
        await AssertReloadedAsync();
        Assert.True(await Eventually.IsAsync(() => _daemon.Errors.Contains("the old one stays in force", StringComparison.Ordinal)));
        Assert.Contains($"{ConfigurationFile}:2: moto: is not known here; is 'motto' meant?", _daemon.Errors, StringComparison.Ordinal);
        Assert.Contains($"{ConfigurationFile}:3: motto: must be a single value", _daemon.Errors, StringComparison.Ordinal);

        Configure("mood: good\nmotto: never\n");
        Signal("HUP");
        Assert.Equal("applied never", await _daemon.LineAsync(Patience));
        await AssertReloadedAsync();
        Assert.True(await Eventually.IsAsync(() => _daemon.Errors.Contains("motto: cannot change to never", StringComparison.Ordinal)));

        Signal("TERM");
        Assert.Equal("STOPPING=1", await HeardAsync());
        Assert.Equal(0, (await _daemon.EndAsync(Patience)).Code);
    }

    [Fact]
    public async Task The_watchdog_is_fed_while_all_is_well()
    {
        Start("mood: good\n", ("WATCHDOG_USEC", "400000"));
        Assert.Equal("READY=1", await HeardAsync());
        Assert.Equal("WATCHDOG=1", await HeardAsync());
        Assert.Equal("WATCHDOG=1", await HeardAsync());
    }

    [Fact]
    public async Task The_watchdog_is_left_to_bite_a_daemon_that_is_stuck()
    {
        Start("mood: stuck\n", ("WATCHDOG_USEC", "200000"));
        Assert.Equal("READY=1", await HeardAsync());
        Assert.True(await Eventually.IsAsync(() => _daemon!.Errors.Contains("The daemon is stuck", StringComparison.Ordinal)));
        await Task.Delay(500);
        Assert.Equal(0, _systemd.Available);
    }

    [Theory]
    [InlineData("lost", "Cannot go on: the disk is gone: put it back")]
    [InlineData("broken", "Cannot go on, by a fault in the program: two and two")]
    public async Task A_loop_that_fails_ends_the_daemon_with_one_line(string mood, string line)
    {
        Start($"mood: {mood}\n");
        Assert.Equal(1, (await _daemon!.EndAsync(Patience)).Code);
        Assert.True(await Eventually.IsAsync(() => _daemon.Errors.Contains(line, StringComparison.Ordinal)), _daemon.Errors);
        Assert.Single(_daemon.Errors.Split('\n'), text => text.Contains("crit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_daemon_that_does_not_listen_is_stopped_all_the_same()
    {
        Start("mood: deaf\n");
        Assert.Equal("READY=1", await HeardAsync());
        Signal("TERM");
        Assert.Equal(0, (await _daemon!.EndAsync(TimeSpan.FromSeconds(40))).Code);
        Assert.Contains("Not everything stopped within", _daemon.Errors, StringComparison.Ordinal);
    }

    private void Start(string configuration, params (string Name, string Value)[] environment)
    {
        Configure(configuration);
        var variables = environment.Append(("NOTIFY_SOCKET", NotifySocket)).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        _daemon = Tool.StartHelper(["daemon", "run", "--config", ConfigurationFile], variables);
    }

    private void Configure(string text) => File.WriteAllText(ConfigurationFile, text);

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _daemon!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private async Task AssertReloadedAsync()
    {
        Assert.Matches(@"^RELOADING=1\nMONOTONIC_USEC=[0-9]{6,}$", await HeardAsync());
        Assert.Equal("READY=1", await HeardAsync());
    }

    private async Task<string> HeardAsync()
    {
        var buffer = new byte[4096];
        using var late = new CancellationTokenSource(Patience);
        var length = await _systemd.ReceiveAsync(buffer, late.Token);
        return Encoding.UTF8.GetString(buffer, 0, length).Trim();
    }
}
