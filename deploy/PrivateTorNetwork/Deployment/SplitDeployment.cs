using System.Collections.Immutable;
using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork.Processes;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.PrivateTorNetwork.Deployment;

/// <summary>
/// OnionBalance.Split whole on a private network: a Signer, a Collector with its tor, and backends with their agents, all as
/// the real executables with real certificates, keys and configuration files.
/// </summary>
public sealed class SplitDeployment : IAsyncDisposable
{
    private readonly PrivateNetwork _network;
    private readonly SplitDeploymentOptions _options;
    private readonly string _programs;
    private readonly HeldPorts _ports = new();

    private SplitDeployment(PrivateNetwork network, SplitDeploymentOptions options, OnionAddress master)
    {
        _network = network;
        _options = options;
        _programs = options.ProgramFolder ?? PublishedPrograms.Folder();
        Master = master;
        Folder = Path.Combine(network.Folder, options.Prefix + "split");
        Pki = new SplitPki(_programs, Path.Combine(Folder, "pki"));
        KeyFile = Path.Combine(Folder, "hs_ed25519_secret_key");
    }

    public string Folder { get; }

    public OnionAddress Master { get; }

    public SplitPki Pki { get; }

    /// <summary>The master's permanent key, in tor's own format.</summary>
    public string KeyFile { get; }

    public ImmutableArray<DaemonProcess> Signers { get; private set; } = [];

    /// <summary>The first, and mostly the only one.</summary>
    public DaemonProcess Signer => Signers[0];

    public ImmutableArray<DeployedCollector> Collectors { get; private set; } = [];

    /// <summary>The first, and mostly the only one.</summary>
    public DaemonProcess Collector => Collectors[0].Daemon;

    public ImmutableArray<DeployedBackend> Backends { get; private set; } = [];

    /// <summary>All daemons that run: the agents, the Signers unless air-gapped, the Collectors.</summary>
    public IEnumerable<DaemonProcess> Daemons =>
        [.. Backends.Select(backend => backend.Agent), .. _options.AirGapped ? [] : Signers, .. Collectors.Select(collector => collector.Daemon)];

    /// <summary>The way between the Collector's host and an air-gapped Signer's.</summary>
    public AirGap AirGap => new(this, _network.VotingInterval);

    /// <summary>What a person types to see the first Collector's status.</summary>
    public string StatusCommand => $"{CollectorProgram} status --config {Collector.ConfigFile}";

    /// <summary>Everything but the daemons is up; they are configured and not started.</summary>
    public static async Task<SplitDeployment> PrepareAsync(PrivateNetwork network, SplitDeploymentOptions? options = null, CancellationToken ct = default)
    {
        options ??= new SplitDeploymentOptions();
        using var key = options.MasterSeed is { } seed ? IdentitySecretKey.FromSeed(seed.Span) : IdentitySecretKey.Generate();
        var deployment = new SplitDeployment(network, options, OnionAddress.From(key.PublicKey));
        try
        {
            await deployment.MakeAsync(key, ct).ConfigureAwait(false);
            return deployment;
        }
        catch
        {
            await deployment.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts all daemons. Returns when the processes exist; see <see cref="CheckRunning"/>.</summary>
    public Task StartAsync() => Task.WhenAll(Daemons.Select(daemon => daemon.StartAsync()));

    /// <summary>Throws with the daemon's last words when one has ended by itself.</summary>
    public void CheckRunning()
    {
        if (Daemons.FirstOrDefault(daemon => daemon.EndedUnasked) is { } ended)
            throw new PrivateNetworkException($"{ended.Name} has ended with exit code {ended.ExitCode}. Its last words:\n{ended.LogTail()}");
    }

    /// <summary>The first Collector's status verb: a table for people, or JSON.</summary>
    public async Task<string> StatusAsync(bool json, CancellationToken ct = default) =>
        await ToolRun.RequireAsync(
            CollectorProgram,
            ["status", "--config", Collector.ConfigFile, .. json ? ["--json"] : Array.Empty<string>()],
            null,
            null,
            ct).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Daemons.Select(daemon => daemon.DisposeAsync().AsTask())).ConfigureAwait(false);
        _ports.Dispose();
    }

    internal string CollectorProgram => Path.Combine(_programs, "onionbalance-collector");

    internal string SignerProgram => Path.Combine(_programs, "onionbalance-signer");

    private async Task MakeAsync(IdentitySecretKey key, CancellationToken ct)
    {
        MakeFolder(Folder);
        WriteKey(key);
        var names = Names(_options.Prefix + "backend", _options.Backends);
        var signers = Names("signer", _options.Signers);
        var collectors = Names("collector", _options.Collectors);
        var certificates = MakeCertificatesAsync(names, signers, collectors, ct);
        var fronts = Names(_options.Prefix + "front", _options.Collectors).Select(name => _network.AddFrontAsync(name, ct: ct)).ToArray();
        var backends = await Task.WhenAll(names.Select(name => _network.AddBackendAsync(
            name,
            new BackendOptions
            {
                MasterAddresses = [Master.ToFullString()],
                PublishDescriptors = _options.InstancesPublish,
                IntroductionPoints = _options.IntroductionPoints,
            },
            ct))).ConfigureAwait(false);
        var tors = await Task.WhenAll(fronts).ConfigureAwait(false);
        await certificates.ConfigureAwait(false);

        foreach (var (name, tor) in collectors.Zip(tors))
        {
            var listen = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_ports.Next()}");
            var daemon = await DaemonAsync("onionbalance-collector", name, state => DaemonConfigs.Collector(
                Pki, name, tor.ControlEndpoint, listen, Path.Combine(Folder, name + ".sock"), state, _options.Grace, _options.AirGapped, Master.ToFullString(), backends.Select(backend => (backend.Address, backend.Name))), ct).ConfigureAwait(false);
            Collectors = Collectors.Add(new DeployedCollector(daemon, tor, listen));
        }

        foreach (var name in signers)
        {
            Signers = Signers.Add(await DaemonAsync("onionbalance-signer", name, state => _options.AirGapped ? DaemonConfigs.AirGappedSigner(state, _network.VotingInterval, Master.ToFullString(), KeyFile) : DaemonConfigs.Signer(
                Pki, name, Collectors, state, _network.VotingInterval, Master.ToFullString(), KeyFile, backends.Select(backend => backend.Address)), ct).ConfigureAwait(false));
        }

        foreach (var backend in backends)
        {
            var agent = await DaemonAsync("onionbalance-agent", backend.Name, _ => DaemonConfigs.Agent(
                Pki, backend.Name, Collectors, backend.Tor.ControlEndpoint, backend.Address), ct).ConfigureAwait(false);
            Backends = Backends.Add(new DeployedBackend(backend, agent));
        }
    }

    private static ImmutableArray<string> Names(string prefix, int count) =>
        [.. Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}"))];

    private async Task MakeCertificatesAsync(IEnumerable<string> agents, IEnumerable<string> signers, IEnumerable<string> collectors, CancellationToken ct)
    {
        await Pki.InitAsync(ct).ConfigureAwait(false);
        foreach (var (role, names) in new[] { ("collector", collectors), ("signer", signers), ("agent", agents) })
        {
            foreach (var name in names)
                await Pki.IssueAsync(role, name, ct).ConfigureAwait(false);
        }
    }

    private async Task<DaemonProcess> DaemonAsync(string program, string name, Func<string, string> config, CancellationToken ct)
    {
        var state = MakeFolder(Path.Combine(Folder, name + "-state"));
        var file = Path.Combine(Folder, name + ".yaml");
        await File.WriteAllTextAsync(file, config(state), ct).ConfigureAwait(false);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new DaemonProcess(Path.Combine(_programs, program), name, file, _network.Time);
    }

    private void WriteKey(IdentitySecretKey key)
    {
        using var bytes = TorKeyFile.WriteSecret(key);
        using var file = new FileStream(KeyFile, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(bytes.Span);
    }

    private static string MakeFolder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
}
