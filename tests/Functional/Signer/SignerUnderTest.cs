using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using OnionBalance.Split.Config.Pki;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>The real onionbalance-signer as a process of its own, with its key, certificates, configuration and state in a folder.</summary>
internal sealed class SignerUnderTest : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("signer-test-");
    private readonly StringBuilder _log = new();
    private Process? _process;

    /// <param name="twin">One whose permanent key and instance this one shares.</param>
    public SignerUnderTest(SignerUnderTest? twin = null)
    {
        Seed = twin?.Seed ?? RandomNumberGenerator.GetBytes(32);
        Instance = twin?.Instance ?? new();
        using var master = IdentitySecretKey.FromSeed(Seed);
        Service = OnionAddress.From(master.PublicKey);
        using (var secret = TorKeyFile.WriteSecret(master))
            AtomicFile.Write(InFolder("key"), secret.Span);
        var pki = new PkiDirectory(InFolder("pki"));
        var now = TimeProvider.System.GetUtcNow();
        using var ca = pki.CreateCa(now, TimeSpan.FromDays(2));
        foreach (var peer in (PeerIdentity[])[new(PeerRole.Signer, "signer1"), new(PeerRole.Collector, "collector1"), new(PeerRole.Collector, "collector2"), new(PeerRole.Agent, "agent1")])
        {
            using var certificate = ca.Issue(peer, now, TimeSpan.FromDays(1));
            pki.Store(peer, certificate, renew: false);
        }
    }

    public Instance Instance { get; }

    /// <summary>Of the permanent key.</summary>
    public byte[] Seed { get; }

    /// <summary>Where the configuration says that the permanent key is.</summary>
    public string Key { get; set; } = "{file: key}";

    /// <summary>Further lines of the service's mapping in the configuration.</summary>
    public string Policy { get; set; } = "";

    /// <summary>Beside what every Signer is given.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public OnionAddress Service { get; }

    public string ConfigFile => InFolder("signer.yaml");

    /// <summary>In the folder, as the configuration has it.</summary>
    public string StateDirectory { get; init; } = "state";

    public string StateFolderPath => InFolder(StateDirectory);

    public string StateFile => StateFolder.FileOf(StateFolderPath, Service);

    public int ProcessId => _process!.Id;

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    public TlsFiles Tls(string name) => new(InFolder($"pki/{name}.crt"), InFolder($"pki/{name}.key"), InFolder("pki/ca.crt"));

    public string InFolder(string name) => Path.Combine(_folder.FullName, name);

    public void Configure(string endpoint, string extra = "", string services = "", string? key = null, string? policy = null) => File.WriteAllText(ConfigFile, $"""
        collectors:
          - endpoint: {endpoint}
            name: collector1
        {extra}
        tls: {"{"}certificate: pki/signer1.crt, key: pki/signer1.key, ca: pki/ca.crt{"}"}
        state_directory: {StateDirectory}
        network: public
        services:
          - address: {Service.ToFullString()}
            key: {key ?? Key}
            instances: [{Instance.Address.ToFullString()}]
            {policy ?? Policy}
        {services}
        """);

    public void Start()
    {
        var process = new Process { StartInfo = Command("run", "--config", ConfigFile) };
        foreach (var (name, value) in Environment)
            process.StartInfo.Environment[name] = value;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
                _log.AppendLine(line.Data);
        };
        process.Start();
        process.BeginErrorReadLine();
        _process = process;
    }

    /// <summary>Another verb of the program, to its end: exit code and all that it said.</summary>
    public static Task<(int Code, string Output)> RunAsync(params string[] arguments) => RunAsync(Command(arguments));

    public static async Task<(int Code, string Output)> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        // A guard against what never ends; a verb that derives keys from passphrases takes its time on a busy machine.
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        return (process.ExitCode, await output + await error);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public async Task<int> EndedAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task WaitForLogAsync(string text)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!Log.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"'{text}' is not in the log:\n{Log}");
            await Task.Delay(20);
        }
    }

    /// <summary>What an honest Collector asks for now: the descriptor that clients of this hour use, or the other one.</summary>
    public SignRequest Honest(ulong revision = 1, bool other = false)
    {
        var now = TimeProvider.System.GetUtcNow();
        var consensus = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 3600 * 3600);
        Assert.True(PeriodClock.TryAt(consensus, NetworkTiming.Public, out var clock));
        var (role, period) = clock.IsBetweenPeriodAndSharedRandom != other ? (DescriptorRole.Second, clock.Second) : (DescriptorRole.First, clock.First);
        return new SignRequest
        {
            ServiceAddress = Service.ToFullString(),
            TimePeriod = new() { Number = period.Number, LengthMinutes = period.LengthMinutes },
            Role = role,
            ConsensusValidAfter = consensus.ToUnixTimeSeconds(),
            VotingInterval = 3600,
            Evidence = { Instance.Show(Instance.Describe(period, now, revision)) },
            Selections = { new Selection { Copies = 2, Points = { Instance.Points.Select(point => new IntroductionPointName { AuthKey = ByteString.CopyFrom(point.AuthKey.Bytes.Span) }) } } },
        };
    }

    /// <summary>The highest counter that the state file has for a period; 0 for none. The file must be whole.</summary>
    public ulong CounterOnDisk(TimePeriod period)
    {
        if (!File.Exists(StateFile))
            return 0;
        Assert.True(SigningStateFile.TryRead(File.ReadAllBytes(StateFile), Service, out var state, out var fault), fault);
        return state.Issued.TryGetValue(Service.PublicKey.Blind(period).Bytes, out var issued) ? issued.Counter : 0;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
            Kill();
        Instance.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>The program, to be started; for verbs that end, with its streams led here.</summary>
    public static ProcessStartInfo Command(params string[] arguments) =>
        new(Path.Combine(AppContext.BaseDirectory, "onionbalance-signer"), arguments)
        {
            RedirectStandardError = true,
            RedirectStandardInput = arguments[0] != "run",
            RedirectStandardOutput = arguments[0] != "run",
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        };
}
