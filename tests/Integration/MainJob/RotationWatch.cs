using System.Collections.Immutable;
using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Integration.MainJob;

internal enum RotationKind
{
    SharedRandom,
    TimePeriod,
}

/// <param name="At">When the observer's tor had the first consensus of it.</param>
internal sealed record Rotation(RotationKind Kind, DateTimeOffset At);

/// <summary>What the HSDirs that clients ask held of the master at one moment.</summary>
/// <param name="Lacking">HSDirs without a valid descriptor.</param>
/// <param name="WithDead">HSDirs whose descriptor names at least one introduction point that is gone.</param>
/// <param name="Useless">HSDirs whose descriptor names no other.</param>
internal sealed record Look(DateTimeOffset At, int Lacking, int WithDead, int Useless);

/// <summary>
/// Watches from outside what a client would be given of the master address, through rotations of the shared random value
/// and of the time period.
/// </summary>
internal sealed class RotationWatch(DeployedNetwork deployed)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private readonly List<Look> _looks = [];
    private readonly List<Rotation> _rotations = [];
    private readonly Dictionary<DeployedBackend, ImmutableHashSet<Ed25519PublicKey>> _seen = [];
    private readonly Dictionary<DeployedBackend, ImmutableHashSet<Ed25519PublicKey>> _now = [];
    private PeriodClock? _clock;

    internal IReadOnlyList<Rotation> Rotations => _rotations;

    /// <summary>Until so many rotations of each kind have been seen, and <paramref name="after"/> has passed since the last.</summary>
    internal async Task RunAsync(int ofEach, TimeSpan after)
    {
        while (Enum.GetValues<RotationKind>().Any(kind => _rotations.Count(rotation => rotation.Kind == kind) < ofEach)
            || TimeProvider.System.GetUtcNow() - _rotations[^1].At < after)
        {
            var clock = await FollowClockAsync();
            await Task.WhenAll(deployed.Split.Backends.Select(backend => FollowPointsAsync(backend, clock)));
            var held = await deployed.Points.LookAsync(deployed.Master);
            _looks.Add(Judge([.. held.Where(held => held.Held.Scheduled.Period == clock.Current)]));
            await Task.Delay(_pause);
        }
    }

    /// <summary>One line for each rotation: how long afterwards clients could be given something wrong.</summary>
    internal IEnumerable<string> Describe()
    {
        foreach (var (index, rotation) in _rotations.Index())
        {
            var until = index + 1 < _rotations.Count ? _rotations[index + 1].At : DateTimeOffset.MaxValue;
            var looks = _looks.Where(look => look.At >= rotation.At && look.At < until).ToArray();
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{rotation.Kind} turned over at {rotation.At:HH:mm:ss}: HSDirs that clients ask lacked the descriptor for {Span(looks, look => look.Lacking > 0):0.0} s, named a dead introduction point for {Span(looks, look => look.WithDead > 0):0.0} s, none but dead ones for {Span(looks, look => look.Useless > 0):0.0} s (last at {Last(looks, rotation):0.0} s, {looks.Length} looks)");
        }
    }

    private static double Span(Look[] looks, Func<Look, bool> wrong) =>
        looks.Zip(looks.Skip(1)).Where(pair => wrong(pair.First)).Sum(pair => (pair.Second.At - pair.First.At).TotalSeconds);

    private static double Last(Look[] looks, Rotation rotation) =>
        looks.LastOrDefault(look => look.Lacking + look.WithDead > 0) is { } last ? (last.At - rotation.At).TotalSeconds : 0;

    private async Task<PeriodClock> FollowClockAsync()
    {
        var clock = ServiceSchedule.From(await deployed.ConsensusAsync()).Clock;
        var now = TimeProvider.System.GetUtcNow();
        if (_clock is not null && clock.StartOfCurrentRun != _clock.StartOfCurrentRun)
            _rotations.Add(new Rotation(RotationKind.SharedRandom, now));
        if (_clock is not null && clock.Current != _clock.Current)
            _rotations.Add(new Rotation(RotationKind.TimePeriod, now));
        return _clock = clock;
    }

    /// <summary>What tor no longer shows of its first descriptor is gone; what it never showed may be its second one's.</summary>
    private async Task FollowPointsAsync(DeployedBackend backend, PeriodClock clock)
    {
        if (await DeployedNetwork.OwnDescriptorAsync(backend, clock) is not { } own)
            return;
        ImmutableHashSet<Ed25519PublicKey> points = [.. own.Inner.IntroductionPoints.Select(point => point.AuthKey)];
        lock (_seen)
        {
            _seen[backend] = _seen.GetValueOrDefault(backend, []).Union(points);
            _now[backend] = points;
        }
    }

    private Look Judge(ImmutableArray<HeldPoints> held)
    {
        var dead = _seen.SelectMany(pair => pair.Value.Except(_now[pair.Key])).ToImmutableHashSet();
        return new Look(
            TimeProvider.System.GetUtcNow(),
            held.Count(held => held.Problem is { } problem && !IsSilence(problem)),
            held.Count(held => held.Points.Overlaps(dead)),
            held.Count(held => !held.Points.IsEmpty && held.Points.IsSubsetOf(dead)));
    }

    /// <summary>An HSDir that did not answer the probe says nothing about what it holds.</summary>
    private static bool IsSilence(string problem) => !problem.Contains(" 404", StringComparison.Ordinal) && !problem.StartsWith("not a valid descriptor", StringComparison.Ordinal);
}
