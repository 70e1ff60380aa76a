using System.Collections.Immutable;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>On a network where introduction points live a minute or two, tor itself replaces those of every backend.</summary>
public sealed class Introduction_points_turn_over : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private DeployedNetwork _deployed = null!;

    public async Task InitializeAsync() => _deployed = await DeployedNetwork.StartAsync(
        new PrivateNetworkOptions
        {
            Relays = 12,
            ConsensusParameters = ImmutableDictionary<string, int>.Empty.Add("hs_intro_min_lifetime", 60).Add("hs_intro_max_lifetime", 120),
        },
        new SplitDeploymentOptions());

    public async Task DisposeAsync() => await _deployed.DisposeAsync();

    [Fact]
    public async Task And_every_HSDir_has_the_new_and_none_of_the_gone_within_3_seconds()
    {
        var took = new List<TimeSpan>();
        while (took.Count < Measured.Times(3, 20))
        {
            var turnover = await NextAsync();
            var time = await _deployed.Points.WaitUntilAsync(_deployed.Master, held => held.All(turnover.IsSeenBy), DeployedNetwork.Patience);
            // A rotation in between gives all backends other points, for another reason.
            if (await PeriodsAsync() != turnover.Periods)
                continue;
            Assert.True(time is not null, $"not on every HSDir after {DeployedNetwork.Patience}\n{_deployed.Split.Collector.LogTail(30)}");
            took.Add(time.Value);
        }

        _deployed.Split.CheckRunning();
        Measured.Say("tor has new introduction points, to all HSDirs with them and without the gone", took);
        Assert.All(took, time => Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromSeconds(3)));
    }

    /// <summary>From now on, the first backend whose tor shows other points than before.</summary>
    private async Task<Turnover> NextAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        var before = new Dictionary<DeployedBackend, HsDescriptor>();
        while (TimeProvider.System.GetElapsedTime(started) < _patience)
        {
            var clock = ServiceSchedule.From(await _deployed.ConsensusAsync()).Clock;
            foreach (var backend in _deployed.Split.Backends)
            {
                if (await DeployedNetwork.OwnDescriptorAsync(backend, clock) is not { Inner.IntroductionPoints.IsEmpty: false } now)
                    continue;
                if (before.TryGetValue(backend, out var known) && known.Period == now.Period && Turnover.Between(known, now, await PeriodsAsync()) is { } turnover)
                    return turnover;
                // While one is gone and its successor not yet there, what was before still counts.
                if (known is null || known.Period != now.Period)
                    before[backend] = now;
            }

            await Task.Delay(_pause);
        }

        Assert.Fail($"tor replaced no introduction point within {_patience}");
        return default!;
    }

    private async Task<string> PeriodsAsync()
    {
        var schedule = ServiceSchedule.From(await _deployed.ConsensusAsync());
        return $"{schedule.First.Period} {schedule.Second.Period} {schedule.Clock.StartOfCurrentRun:O}";
    }

    /// <summary>tor shows its first descriptor alone, so the new points belong into the master's first one; the gone into neither.</summary>
    private sealed record Turnover(HsDescriptor Now, ImmutableArray<IntroductionPoint> New, ImmutableArray<IntroductionPoint> Gone, string Periods)
    {
        /// <summary>Null without a new point.</summary>
        internal static Turnover? Between(HsDescriptor before, HsDescriptor now, string periods)
        {
            ImmutableArray<IntroductionPoint> appeared = [.. now.Inner.IntroductionPoints.ExceptBy(before.Inner.IntroductionPoints.Select(point => point.AuthKey), point => point.AuthKey)];
            ImmutableArray<IntroductionPoint> gone = [.. before.Inner.IntroductionPoints.ExceptBy(now.Inner.IntroductionPoints.Select(point => point.AuthKey), point => point.AuthKey)];
            return appeared.IsEmpty ? null : new Turnover(now, appeared, gone, periods);
        }

        internal bool IsSeenBy(HeldPoints held) =>
            held.Descriptor is { } descriptor
            && !Gone.Any(point => held.Points.Contains(point.AuthKey))
            && (descriptor.Period != Now.Period || New.All(point => IsIn(descriptor, point)));

        /// <summary>Of two points on one relay a descriptor has one, which clients would use anyway.</summary>
        private static bool IsIn(HsDescriptor descriptor, IntroductionPoint point) =>
            descriptor.Inner.IntroductionPoints.Any(other => other.AuthKey == point.AuthKey || other.RelayIdentity == point.RelayIdentity);
    }
}
