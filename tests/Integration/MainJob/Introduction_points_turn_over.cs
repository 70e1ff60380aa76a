using System.Collections.Immutable;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>On a network where introduction points live a minute or two, tor itself replaces those of every backend.</summary>
public sealed class Introduction_points_turn_over : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<DeployedBackend, UploadLog> _uploads = [];
    private DeployedNetwork _deployed = null!;

    public async Task InitializeAsync()
    {
        _deployed = await DeployedNetwork.StartAsync(
            new PrivateNetworkOptions
            {
                Relays = 12,
                ConsensusParameters = ImmutableDictionary<string, int>.Empty.Add("hs_intro_min_lifetime", 60).Add("hs_intro_max_lifetime", 120),
            },
            new SplitDeploymentOptions());
        foreach (var backend in _deployed.Split.Backends)
            _uploads[backend] = await UploadLog.OpenAsync(backend);
    }

    public async Task DisposeAsync()
    {
        foreach (var log in _uploads.Values)
            await log.DisposeAsync();
        await _deployed.DisposeAsync();
    }

    [Fact]
    public async Task And_every_HSDir_has_the_new_and_none_of_the_gone_within_seconds()
    {
        var took = new Dictionary<WhichDescriptor, List<TimeSpan>> { [WhichDescriptor.First] = [], [WhichDescriptor.Second] = [] };
        while (Measured.Long ? took.Values.Any(times => times.Count < 20) : took.Values.Sum(times => times.Count) < 3)
        {
            var (backend, which, turnover, schedule) = await NextAsync();
            var seen = await _deployed.Points.WaitUntilAsync(_deployed.Master, held => held.All(turnover.IsSeenBy), DeployedNetwork.Patience);
            var time = TimeProvider.System.GetElapsedTime(turnover.Since);
            // A rotation in between gives all backends other points, for another reason.
            if (DeployedNetwork.TurnedOver(schedule, ServiceSchedule.From(await _deployed.ConsensusAsync())))
                continue;
            Assert.True(seen is not null, $"not on every HSDir after {DeployedNetwork.Patience}\n{_deployed.Split.Collector.LogTail(30)}");
            took[which].Add(time);
            Assert.True(
                time <= _limit,
                $"{time} for new points of a {which} descriptor, which tor had {time} before {TimeProvider.System.GetUtcNow():T}\n{_deployed.Split.Collector.LogTail(60)}\n{backend.Agent.LogTail(30)}");
        }

        _deployed.Split.CheckRunning();
        foreach (var (which, times) in took.Where(pair => pair.Value.Count > 0))
            Measured.Say($"tor has new introduction points of its {which} descriptor, to all HSDirs with them and without the gone", times);
    }

    /// <summary>From now on, the first backend whose tor has other points than before.</summary>
    private async Task<(DeployedBackend Backend, WhichDescriptor Which, Turnover Turnover, ServiceSchedule Schedule)> NextAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        var before = new Dictionary<(DeployedBackend, WhichDescriptor), HsDescriptor>();
        ServiceSchedule? last = null;
        while (TimeProvider.System.GetElapsedTime(started) < _patience)
        {
            var consensus = await _deployed.ConsensusAsync();
            var schedule = ServiceSchedule.From(consensus);
            if (last is null || DeployedNetwork.TurnedOver(last, schedule))
            {
                // The collector's tor learns of it later than the observer, and publishes what is new to the schedule from then on.
                await _deployed.Points.WaitUntilAsync(_deployed.Master, held => held.All(held => held.Descriptor is not null), _patience);
                last = schedule;
                before.Clear();
                foreach (var log in _uploads.Values)
                    log.Forget();
                continue;
            }

            foreach (var (backend, which) in _deployed.Split.Backends.SelectMany(backend => new[] { (backend, WhichDescriptor.First), (backend, WhichDescriptor.Second) }))
            {
                var known = before.GetValueOrDefault((backend, which));
                var (now, since) = which == WhichDescriptor.First ? await FirstAsync(backend, schedule) : await SecondAsync(backend, consensus, schedule, known);
                if (now is not { Inner.IntroductionPoints.IsEmpty: false })
                    continue;
                if (known?.Period == now.Period && Turnover.Between(known, now, since) is { } turnover)
                    return (backend, which, turnover, schedule);
                // While one is gone and its successor not yet there, what was before still counts.
                if (known?.Period != now.Period)
                    before[(backend, which)] = now;
            }

            await Task.Delay(_pause);
        }

        Assert.Fail($"tor replaced no introduction point within {_patience}");
        return default;
    }

    /// <summary>The backend's tor, too, may be behind the observer.</summary>
    private static async Task<(HsDescriptor? Now, long Since)> FirstAsync(DeployedBackend backend, ServiceSchedule schedule)
    {
        var own = await DeployedNetwork.OwnDescriptorAsync(backend, schedule.Clock);
        return (own?.Period == schedule.First.Period ? own : null, TimeProvider.System.GetTimestamp());
    }

    /// <summary>Only while clients use it. tor shows it to nobody, so it comes from the HSDirs; tor had it when it began to send it there.</summary>
    private async Task<(HsDescriptor? Now, long Since)> SecondAsync(DeployedBackend backend, Consensus consensus, ServiceSchedule schedule, HsDescriptor? known)
    {
        var sent = _uploads[backend].LastRound(schedule.Second.Period);
        if (!schedule.Clock.IsBetweenPeriodAndSharedRandom || (known is not null && sent is null))
            return default;
        Assert.True(OnionAddress.TryParse(backend.Backend.Address, out var address));
        var held = await _deployed.Points.LookAsync(address, consensus, schedule.Second);
        return (held.Select(one => one.Descriptor).MaxBy(descriptor => descriptor?.RevisionCounter ?? 0), sent ?? 0);
    }
}
