using System.Diagnostics;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.Tests.Functional.Control;

/// <summary>
/// One Debian tor without a network, in a folder of its own, listening for controllers on a unix socket and on a port it
/// chooses. It ends with the test, and by itself when the test process is killed.
/// </summary>
internal sealed class TorUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string[] _options;
    private Process? _process;

    private TorUnderTest(string[] options)
    {
        _options = options;
        Folder = Directory.CreateTempSubdirectory("onionbalance-tor-").FullName;
    }

    public string Folder { get; }

    public string CookieFile => Path.Combine(Folder, "control_auth_cookie");

    public ControlEndpoint UnixEndpoint => Endpoint($"unix:{Path.Combine(Folder, "control")}");

    public ControlEndpoint TcpEndpoint
    {
        get
        {
            // "PORT=127.0.0.1:41234", one line for each listener.
            var line = File.ReadLines(PortFile).First(text => text.StartsWith("PORT=", StringComparison.Ordinal));
            return Endpoint(line["PORT=".Length..]);
        }
    }

    private string PortFile => Path.Combine(Folder, "control-port");

    public static async Task<TorUnderTest> StartAsync(params string[] options)
    {
        var tor = new TorUnderTest(options);
        try
        {
            await tor.StartAgainAsync();
            return tor;
        }
        catch
        {
            await tor.DisposeAsync();
            throw;
        }
    }

    /// <summary>The hash that goes into HashedControlPassword.</summary>
    public static async Task<string> HashAsync(string password)
    {
        using var hashing = Process.Start(new ProcessStartInfo("tor", ["--quiet", "--hash-password", password]) { RedirectStandardOutput = true })!;
        var output = await hashing.StandardOutput.ReadToEndAsync();
        await hashing.WaitForExitAsync();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim();
    }

    public async Task StartAgainAsync()
    {
        File.Delete(PortFile);
        File.Delete(CookieFile);
        var torrc = Path.Combine(Folder, "torrc");
        await File.WriteAllTextAsync(torrc, "");
        _process = Process.Start(new ProcessStartInfo("tor",
        [
            "--quiet", "-f", torrc, "--defaults-torrc", torrc, "--DataDirectory", Folder,
            "--DisableNetwork", "1", "--SocksPort", "0", "--ControlPort", "auto", "--ControlPortWriteToFile", PortFile,
            "--ControlSocket", Path.Combine(Folder, "control"),
            "--__OwningControllerProcess", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            .. _options,
        ]))!;
        var since = Stopwatch.GetTimestamp();
        while (!HasContent(PortFile) || (_options.Contains("--CookieAuthentication") && _options.Contains("1") && !HasContent(CookieFile)))
        {
            Assert.False(_process.HasExited, "tor did not start");
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, "tor did not open its control port");
            await Task.Delay(20);
        }
    }

    /// <summary>As a crash: nothing is cleaned up, the socket file stays.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <param name="name">STOP or CONT: a tor that hangs, and one that goes on.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public Task<ControlConnection> ConnectAsync(ControlLimits? limits = null) =>
        ControlConnection.ConnectAsync(UnixEndpoint, null, limits ?? ControlLimits.Default, TimeProvider.System, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await KillAsync();
        }
        catch (InvalidOperationException)
        {
            // It was not running any more.
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static bool HasContent(string file) => File.Exists(file) && new FileInfo(file).Length > 0;

    private static ControlEndpoint Endpoint(string text)
    {
        Assert.True(ControlEndpoint.TryParse(text, out var endpoint));
        return endpoint;
    }
}
