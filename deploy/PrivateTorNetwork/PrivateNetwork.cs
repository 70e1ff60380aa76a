using System.Collections.Immutable;
using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork.Onion;
using OnionBalance.Split.PrivateTorNetwork.Processes;

namespace OnionBalance.Split.PrivateTorNetwork;

/// <summary>
/// A throw-away Tor network on the loopback address, from the tor that is installed: three directory authorities, relays,
/// and whatever clients, fronts and backends are added. No process of it outlives its owner.
/// </summary>
public sealed class PrivateNetwork : IAsyncDisposable
{
    private const int AuthorityCount = 3;

    private readonly NetworkFolder _folder;
    private readonly HeldPorts _ports = new();
    private readonly PrivateNetworkOptions _options;
    private readonly Lock _lock = new();
    private readonly List<TorProcess> _added = [];
    private readonly List<BackendWebServer> _webServers = [];
    private ImmutableArray<string> _dirAuthorities = [];
    private ImmutableDictionary<string, int> _orPorts = ImmutableDictionary<string, int>.Empty;

    private PrivateNetwork(PrivateNetworkOptions options)
    {
        _options = options;
        _folder = NetworkFolder.Create(options.ParentFolder, "onionbalance-net-", options.KeepFolder);
    }

    public string Folder => _folder.Path;

    public TimeProvider Time => _options.Time;

    /// <summary>One voting round; an SRV run and a time period are 24 of them.</summary>
    public TimeSpan VotingInterval => _options.VotingInterval;

    public ImmutableArray<TorProcess> Authorities { get; private set; } = [];

    /// <summary>The relays, all of them HSDirs.</summary>
    public ImmutableArray<Relay> Relays { get; private set; } = [];

    /// <summary>Starts a network and returns when it is usable: a consensus with every HSDir in it, every tor at 100 %.</summary>
    /// <remarks>Measured on two busy cores with 12 relays and 10 s rounds: 22 to 24 s, of which the keys take 4 to 9 s and the first consensus 10 s.</remarks>
    public static async Task<PrivateNetwork> StartAsync(
        PrivateNetworkOptions? options = null, IProgress<PrivateNetworkProgress>? progress = null, CancellationToken ct = default)
    {
        options ??= new PrivateNetworkOptions();
        options.Check();
        var network = new PrivateNetwork(options);
        try
        {
            using var timeout = new CancellationTokenSource(options.StartTimeout, options.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
            var readiness = new Readiness(options.Time, progress);
            try
            {
                await network.MakeAsync(progress, either.Token).ConfigureAwait(false);
                await readiness.WaitForNetworkAsync(network, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new PrivateNetworkException(
                    $"The private network was not usable after {options.StartTimeout.TotalSeconds:0} s ({readiness.Last}). Last words of an authority:\n{network.Authorities.FirstOrDefault()?.LogTail()}");
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A client: a tor with a SOCKS port. Returns when it is at 100 %.</summary>
    public Task<TorProcess> AddClientAsync(string name, IEnumerable<string>? extraTorrc = null, CancellationToken ct = default) =>
        AddAsync(name, withSocks: true, (text, _) => AppendLines(text, extraTorrc), ct);

    /// <summary>A tor with nothing but a control port, as the one beside a Collector. Returns when it is at 100 %.</summary>
    public Task<TorProcess> AddFrontAsync(string name, IEnumerable<string>? extraTorrc = null, CancellationToken ct = default) =>
        AddAsync(name, withSocks: false, (text, _) => AppendLines(text, extraTorrc), ct);

    /// <summary>A backend: a tor with an onion service of its own per master, and a web server that answers with the backend's name.</summary>
    public async Task<Backend> AddBackendAsync(string name, BackendOptions options, CancellationToken ct = default)
    {
        var web = BackendWebServer.Start(name);
        lock (_lock)
            _webServers.Add(web);
        var services = options.MasterAddresses.IsEmpty ? [null] : options.MasterAddresses.Select(address => (string?)address).ToArray();
        var folders = new List<string>();
        var tor = await AddAsync(
            name,
            withSocks: false,
            (text, folder) =>
            {
                text.Line($"PublishHidServDescriptors {(options.PublishDescriptors ? 1 : 0)}");
                foreach (var (index, master) in services.Index())
                {
                    folders.Add(ServiceFolder.Make(folder, index, master));
                    text.OnionService(folders[^1], web.Port, options.IntroductionPoints, master is not null);
                }

                AppendLines(text, options.ExtraTorrc);
            },
            ct).ConfigureAwait(false);
        return new Backend(tor, web, await ServiceFolder.ReadAddressesAsync(folders, Time, ct).ConfigureAwait(false));
    }

    /// <summary>A plain onion service (no instance of anything), to compare with.</summary>
    public Task<Backend> AddOnionServiceAsync(string name, CancellationToken ct = default) =>
        AddBackendAsync(name, new BackendOptions { PublishDescriptors = true }, ct);

    /// <summary>Waits until a tor has (again) a circuit-ready view of the network: bootstrap at 100 %.</summary>
    public Task WaitUntilBootstrappedAsync(TorProcess tor, CancellationToken ct = default) =>
        new Readiness(Time, null).WaitForTorAsync(tor, ct);

    public async ValueTask DisposeAsync()
    {
        List<TorProcess> tors;
        List<BackendWebServer> webServers;
        lock (_lock)
        {
            tors = [.. _added, .. Authorities];
            webServers = [.. _webServers];
            _added.Clear();
            _webServers.Clear();
        }

        await Task.WhenAll(tors.Select(tor => tor.DisposeAsync().AsTask())).ConfigureAwait(false);
        foreach (var web in webServers)
            await web.DisposeAsync().ConfigureAwait(false);
        _ports.Dispose();
        _folder.Dispose();
    }

    /// <summary>The OR port of a relay or authority.</summary>
    internal int OrPortOf(string fingerprint) => _orPorts.TryGetValue(fingerprint, out var port)
        ? port
        : throw new PrivateNetworkException($"No relay of this network has the fingerprint {fingerprint}.");

    private async Task MakeAsync(IProgress<PrivateNetworkProgress>? progress, CancellationToken ct)
    {
        progress?.Report(new("Making the authorities' keys", 0));
        Authorities = [.. Enumerable.Range(0, AuthorityCount).Select(i => NewTor($"authority{i}", withSocks: false))];
        var makeAuthorities = Authorities.Select(async (tor, i) =>
        {
            var (orPort, dirPort) = (_ports.Next(), _ports.Next());
            var v3Identity = await AuthorityKeys.MakeAsync(tor, ct).ConfigureAwait(false);
            var fingerprint = await AuthorityKeys.MakeRelayAsync(_options.TorProgram, tor, tor.Name, orPort, ct).ConfigureAwait(false);
            return (Tor: tor, OrPort: orPort, DirPort: dirPort, Fingerprint: fingerprint,
                Line: $"{tor.Name} orport={orPort} no-v2 v3ident={v3Identity} 127.0.0.1:{dirPort} {fingerprint}");
        }).ToArray();
        var authorities = await Task.WhenAll(makeAuthorities).ConfigureAwait(false);
        _dirAuthorities = [.. authorities.Select(authority => authority.Line)];

        progress?.Report(new($"Starting {AuthorityCount} authorities and {_options.Relays} relays", 0.05));
        var bandwidths = Path.Combine(Folder, "bandwidths");
        foreach (var authority in authorities)
        {
            var text = Torrc.Common(authority.Tor, _dirAuthorities, Environment.ProcessId, _options)
                .Relay(authority.Tor.Name, authority.OrPort)
                .Authority(authority.DirPort, bandwidths, _options);
            await StartAsync(authority.Tor, text, ct).ConfigureAwait(false);
        }

        Relays = [.. await Task.WhenAll(Enumerable.Range(0, _options.Relays).Select(i => StartRelayAsync($"relay{i:00}", ct))).ConfigureAwait(false)];
        _orPorts = authorities.Select(a => KeyValuePair.Create(a.Fingerprint, a.OrPort)).Concat(Relays.Select(r => KeyValuePair.Create(r.Fingerprint, r.OrPort))).ToImmutableDictionary();
        // The authorities read it anew for every vote.
        await File.WriteAllLinesAsync(
            bandwidths,
            [
                // Far ahead, so that it does not count as stale while the network runs.
                Time.GetUtcNow().AddDays(2).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                .. _orPorts.Keys.Select(fingerprint => $"node_id=${fingerprint} bw=1000"),
            ],
            ct).ConfigureAwait(false);
    }

    private async Task<Relay> StartRelayAsync(string name, CancellationToken ct)
    {
        var (tor, orPort) = (NewTor(name, withSocks: false), _ports.Next());
        lock (_lock)
            _added.Add(tor);
        await StartAsync(tor, Torrc.Common(tor, _dirAuthorities, Environment.ProcessId, _options).Relay(name, orPort), ct).ConfigureAwait(false);
        return new Relay(tor, await AuthorityKeys.ReadRelayAsync(tor, Time, ct).ConfigureAwait(false), orPort);
    }

    private async Task<TorProcess> AddAsync(string name, bool withSocks, Action<System.Text.StringBuilder, string> configure, CancellationToken ct)
    {
        var tor = NewTor(name, withSocks);
        lock (_lock)
            _added.Add(tor);
        var text = Torrc.Common(tor, _dirAuthorities, Environment.ProcessId, _options);
        configure(text, tor.DataDirectory);
        await StartAsync(tor, text, ct).ConfigureAwait(false);
        await WaitUntilBootstrappedAsync(tor, ct).ConfigureAwait(false);
        return tor;
    }

    private static async Task StartAsync(TorProcess tor, System.Text.StringBuilder torrc, CancellationToken ct)
    {
        await File.WriteAllTextAsync(tor.TorrcFile, torrc.ToString(), ct).ConfigureAwait(false);
        await tor.StartAsync(ct).ConfigureAwait(false);
    }

    private TorProcess NewTor(string name, bool withSocks)
    {
        var folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder))
            throw new PrivateNetworkException($"The private network already has a tor named {name}.");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new TorProcess(_options.TorProgram, name, folder, _ports.Next(), withSocks ? _ports.Next() : 0, Time);
    }

    private static void AppendLines(System.Text.StringBuilder text, IEnumerable<string>? lines)
    {
        foreach (var line in lines ?? [])
            text.Line(line);
    }
}
