using System.Collections.Immutable;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Demo;

/// <summary>The main job, step by step. Each method is one step and gives back what it saw, or throws.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _fetchTimeout = TimeSpan.FromSeconds(30);

    private readonly PrivateNetwork _network;
    private readonly TimeProvider _time;
    private DirectProbe? _direct;
    private PointsProbe _probe = null!;
    private FreshFetch _fetch = null!;
    private ImmutableHashSet<Ed25519PublicKey> _dead = [];

    internal DemoRun(PrivateNetwork network)
    {
        _network = network;
        _time = network.Time;
    }

    internal SplitDeployment Deployment { get; private set; } = null!;

    internal TorProcess Client { get; private set; } = null!;

    internal string MasterAddress => Deployment.Master.ToFullString();

    /// <summary>The backend that is killed and comes back.</summary>
    internal DeployedBackend Victim => Deployment.Backends[0];

    internal async Task<DemoStep> PrepareAsync(CancellationToken ct)
    {
        var client = _network.AddClientAsync("client", ct: ct);
        Deployment = await SplitDeployment.PrepareAsync(_network, ct: ct);
        Client = await client;
        _fetch = new FreshFetch(Client, _time);
        _direct = await DirectProbe.OpenAsync(_network, Client, ct);
        _probe = new PointsProbe(_direct, _time);
        return new DemoStep("Keys, certificates, configurations", $"a fresh master key, a CA and {Deployment.Backends.Length + 2} certificates, {Deployment.Backends.Length} backends");
    }

    internal async Task<DemoStep> PublishAsync(CancellationToken ct)
    {
        foreach (var backend in Deployment.Backends)
            await PointsOfAsync(backend, ct);
        var started = _time.GetTimestamp();
        await Deployment.StartAsync();
        var took = await WaitForAllBackendsAsync(started, ct);
        return new DemoStep("Both master descriptors on all HSDirs", $"{Seconds(took)} after the daemons' programs were started");
    }

    internal async Task<DemoStep> FetchUntilAllAnsweredAsync(Action<IReadOnlyDictionary<string, int>> seen, CancellationToken ct)
    {
        var counts = Deployment.Backends.ToDictionary(backend => backend.Name, _ => 0);
        var started = _time.GetTimestamp();
        var failed = 0;
        while (counts.Values.Any(count => count == 0))
        {
            if (_time.GetElapsedTime(started) > _patience)
                throw new DemoFailedException($"After {counts.Values.Sum()} fetches ({failed} failed) no answer yet from {string.Join(", ", counts.Where(count => count.Value == 0).Select(count => count.Key))}.");
            var outcome = await _fetch.GetAsync(MasterAddress, _fetchTimeout, ct);
            if (outcome.Answer is { } name && counts.TryGetValue(name, out var count))
                counts[name] = count + 1;
            else
                failed++;
            seen(counts);
        }

        return new DemoStep("A client reaches every backend", $"{counts.Values.Sum() + failed} fetches: {string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"))}");
    }

    internal async Task<DemoStep> KillAsync(CancellationToken ct)
    {
        _dead = await PointsOfAsync(Victim, ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var client = new SteadyClient(_fetch, MasterAddress, _time).RunAsync(stop.Token, ct);
        var killed = _time.GetTimestamp();
        await Victim.KillAsync();
        var gone = _time.GetTimestamp();
        await AddPublishedToDeadAsync(ct);
        await WaitAsync(held => held.All(one => one.Descriptor is not null && !_dead.Overlaps(one.Points)), $"a master descriptor without {Victim.Name}", ct);
        var took = _time.GetElapsedTime(killed);
        await Task.Delay(TimeSpan.FromSeconds(5), _time, ct);
        await stop.CancelAsync();

        // What was under way in the moment of the kill may hang in the dead tor; whoever comes later must be served.
        var later = (await client).Where(fetch => fetch.Begun > gone).ToArray();
        var failed = later.Count(fetch => !fetch.Outcome.Succeeded);
        var reloaded = later.Count(fetch => fetch.Tries > 1);
        if (failed > 0 || later.Length == 0)
            throw new DemoFailedException($"Of {later.Length} fetches begun after {Victim.Name} was dead {failed} failed, at their second try too: {later.FirstOrDefault(fetch => !fetch.Outcome.Succeeded)?.Outcome.Error}");
        return new DemoStep(
            $"{Victim.Name} killed (tor and agent)",
            $"no HSDir names it any more after {Seconds(took)}; {later.Length} fetches begun since, all answered{(reloaded > 0 ? $", {reloaded} of them at a second try" : "")}");
    }

    internal async Task<DemoStep> BringBackAsync(CancellationToken ct)
    {
        await AddPublishedToDeadAsync(ct);
        var started = _time.GetTimestamp();
        await Victim.StartAsync();
        await _network.WaitUntilBootstrappedAsync(Victim.Backend.Tor, ct);
        var took = await WaitForAllBackendsAsync(started, ct);
        await ClientMemory.ForgetAsync(Client, ct);
        while ((await _fetch.GetAsync(MasterAddress, _fetchTimeout, ct)).Answer != Victim.Name)
        {
            if (_time.GetElapsedTime(started) > _patience * 2)
                throw new DemoFailedException($"{Victim.Name} came back and is published, but does not answer.");
        }

        return new DemoStep($"{Victim.Name} brought back", $"on all HSDirs again {Seconds(took)} after its start, and answers");
    }

    public async ValueTask DisposeAsync()
    {
        if (_direct is not null)
            await _direct.DisposeAsync();
        if (Deployment is not null)
            await Deployment.DisposeAsync();
    }

    // Until every HSDir has, in both descriptors, a point of each backend and none that is dead. Not necessarily all of a
    // backend's: of two on one relay the Collector takes one.
    private async Task<TimeSpan> WaitForAllBackendsAsync(long started, CancellationToken ct)
    {
        var begun = _time.GetTimestamp();
        while (_time.GetElapsedTime(begun) < _patience)
        {
            Deployment.CheckRunning();
            var held = await _probe.LookAsync(Deployment.Master, ct);
            var took = _time.GetElapsedTime(started);
            if (held.All(one => one.Descriptor is not null && !_dead.Overlaps(one.Points)))
            {
                var points = await Task.WhenAll(Deployment.Backends.Select(backend => PointsOfAsync(backend, ct)));
                if (held.All(one => points.All(of => of.Except(_dead).Overlaps(one.Points))))
                    return took;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), _time, ct);
        }

        throw new DemoFailedException($"After {_patience.TotalSeconds:0} s the HSDirs do not yet hold master descriptors with points of every backend.");
    }

    // tor has points of its own for each of its two descriptors; what the HSDirs hold of a dead backend shows both.
    private async Task AddPublishedToDeadAsync(CancellationToken ct) =>
        _dead = _dead.Union((await _probe.LookAsync(AddressOf(Victim), ct)).SelectMany(held => held.Points));

    // A tor has its points some seconds after its start.
    private async Task<ImmutableHashSet<Ed25519PublicKey>> PointsOfAsync(DeployedBackend backend, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            var points = await _probe.OfInstanceAsync(backend.Backend.Tor, AddressOf(backend), ct);
            if (!points.IsEmpty)
                return points;
            if (_time.GetElapsedTime(started) > _patience)
                throw new DemoFailedException($"{backend.Name}'s tor has no introduction points:\n{backend.Backend.Tor.LogTail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), _time, ct);
        }
    }

    private static OnionAddress AddressOf(DeployedBackend backend) =>
        OnionAddress.TryParse(backend.Backend.Address, out var address) ? address : throw new DemoFailedException($"{backend.Name} has no onion address.");

    private async Task WaitAsync(Func<ImmutableArray<HeldPoints>, bool> wanted, string what, CancellationToken ct)
    {
        ImmutableArray<HeldPoints> last = [];
        var took = await _probe.WaitUntilAsync(
            Deployment.Master,
            held =>
            {
                Deployment.CheckRunning();
                return wanted(last = held);
            },
            _patience,
            ct);
        if (took is null)
            throw new DemoFailedException($"After {_patience.TotalSeconds:0} s there is not yet {what}. The HSDirs hold: {string.Join("; ", last.Select(one => $"{one.Held.HsDir.Nickname} {one.Problem ?? $"{one.Points.Count} points"}"))}");
    }

    private static string Seconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
