using System.Collections.Immutable;
using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>A private network with OnionBalance.Split deployed on it, a client, and eyes on every HSDir.</summary>
internal sealed class DeployedNetwork : IAsyncDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private DirectProbe _hsDirs = null!;
    private ServiceSchedule? _whole;

    internal PrivateNetwork Network { get; private init; } = null!;

    internal SplitDeployment Split { get; private set; } = null!;

    internal TorProcess Client { get; private set; } = null!;

    internal FreshFetch Fetch { get; private set; } = null!;

    internal PointsProbe Points { get; private set; } = null!;

    internal OnionAddress Master => Split.Master;

    internal static async Task<DeployedNetwork> PrepareAsync(PrivateNetworkOptions network, SplitDeploymentOptions split)
    {
        var deployed = new DeployedNetwork { Network = await PrivateNetwork.StartAsync(network) };
        deployed.Split = await SplitDeployment.PrepareAsync(deployed.Network, split);
        deployed.Client = await deployed.Network.AddClientAsync("client");
        deployed.Fetch = new FreshFetch(deployed.Client, TimeProvider.System);
        var observer = await deployed.Network.AddClientAsync("observer");
        deployed._hsDirs = await DirectProbe.OpenAsync(deployed.Network, observer);
        deployed.Points = new PointsProbe(deployed._hsDirs, TimeProvider.System);
        return deployed;
    }

    internal static async Task<DeployedNetwork> StartAsync(PrivateNetworkOptions network, SplitDeploymentOptions split)
    {
        var deployed = await PrepareAsync(network, split);
        await deployed.Split.StartAsync();
        await deployed.WaitUntilWholeAsync();
        return deployed;
    }

    /// <summary>Until every HSDir of both descriptors holds points of every backend.</summary>
    internal async Task<TimeSpan> WaitUntilWholeAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            var living = await Task.WhenAll(Split.Backends.Select(PointsOfAsync));
            _whole = ServiceSchedule.From(await ConsensusAsync());
            var held = await Points.LookAsync(Master);
            if (held.All(held => living.All(points => held.Points.Overlaps(points))))
                return TimeProvider.System.GetElapsedTime(started);
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }

        Split.CheckRunning();
        Assert.Fail($"The service was not whole within {Patience}.\n{await Split.StatusAsync(json: false)}\n{Split.Collector.LogTail(20)}\n{Split.Signer.LogTail(10)}\n{Split.Backends[0].Agent.LogTail(10)}");
        return default;
    }

    /// <summary>As the observer's tor has it now.</summary>
    internal Task<Consensus> ConsensusAsync() => _hsDirs.ConsensusAsync();

    /// <summary>
    /// By the consensus that the client's tor has now. When it gets the first one of the next period, the descriptors of this
    /// one are over for it: a fetch that is just under way may then fail, of any onion service.
    /// </summary>
    internal async Task<TimePeriod> PeriodOfClientAsync()
    {
        await using var control = await Client.ConnectAsync();
        var validAfter = DateTimeOffset.Parse(
            await control.GetInfoAsync("consensus/valid-after", CancellationToken.None), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        Assert.True(NetworkTiming.TryCreate(Network.VotingInterval, (uint)(24 * Network.VotingInterval.TotalMinutes), out var timing));
        Assert.True(PeriodClock.TryAt(validAfter, timing, out var clock));
        return clock.Current;
    }

    internal Task<ImmutableHashSet<Ed25519PublicKey>> PointsOfAsync(DeployedBackend backend)
    {
        Assert.True(OnionAddress.TryParse(backend.Backend.Address, out var address));
        return Points.OfInstanceAsync(backend.Backend.Tor, address);
    }

    /// <summary>The first descriptor as the backend's own tor has it now; null while it has none.</summary>
    internal static async Task<HsDescriptor?> OwnDescriptorAsync(DeployedBackend backend, PeriodClock clock)
    {
        Assert.True(OnionAddress.TryParse(backend.Backend.Address, out var address));
        await using var control = await backend.Backend.Tor.ConnectAsync();
        ReadOnlyMemory<byte> text = await new OwnDescriptorReader(control).ReadAsync(address, CancellationToken.None) ?? default;
        // Its consensus may be ahead of the observer's, or behind.
        return DescriptorReader.TryRead(text.Span, address.PublicKey, [clock.First.Previous, clock.First, clock.Second, clock.Second.Next], TimeProvider.System.GetUtcNow(), null, out var own, out _)
            ? own
            : null;
    }

    /// <summary>
    /// How long until no HSDir offers one of <paramref name="dead"/> any more, while it still offers others. Null where the period
    /// or the shared random value turned over since all was whole: the collector's tor learns of it later than the observer.
    /// </summary>
    internal async Task<TimeSpan?> WaitUntilCleanOfAsync(ImmutableHashSet<Ed25519PublicKey> dead)
    {
        var took = await Points.WaitUntilAsync(Master, held => held.All(held => !held.Points.IsEmpty && !held.Points.Overlaps(dead)), Patience);
        Assert.True(took is not null, $"Dead introduction points were still published after {Patience}.\n{Split.Collector.LogTail(30)}");
        return _whole is null || TurnedOver(_whole, ServiceSchedule.From(await ConsensusAsync())) ? null : took;
    }

    /// <summary>The period or the shared random value, in between.</summary>
    internal static bool TurnedOver(ServiceSchedule before, ServiceSchedule now) =>
        now.First != before.First || now.ForClients != before.ForClients || now.Second != before.Second;

    public async ValueTask DisposeAsync()
    {
        if (_hsDirs is not null)
            await _hsDirs.DisposeAsync();
        if (Split is not null)
            await Split.DisposeAsync();
        await Network.DisposeAsync();
    }
}
