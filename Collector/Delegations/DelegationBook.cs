using System.Collections.Concurrent;
using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>
/// What all services hold on disk, looked at every two seconds: takes up what the verbs brought, removes what is over, and
/// says in time when the last delegation ends.
/// </summary>
internal sealed partial class DelegationBook : BackgroundService
{
    internal static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<OnionAddress, DelegationShelf> _shelves = [];
    private readonly CurrentConfiguration _configuration;
    private readonly INetworkViews _network;
    private readonly NetworkTimingFile _timing;
    private readonly TimeProvider _time;
    private readonly ILogger<DelegationBook> _logger;
    private string? _toldProblem;

    public DelegationBook(
        CurrentConfiguration configuration, INetworkViews network, CollectorMetrics metrics, TimeProvider time, ILogger<DelegationBook> logger)
    {
        _configuration = configuration;
        _network = network;
        _timing = new NetworkTimingFile(configuration.Value.StateDirectory);
        _time = time;
        _logger = logger;
        metrics.ObserveDelegations(TimeLeft);
    }

    /// <summary>After something came or went.</summary>
    internal event Action? Changed;

    /// <summary>True while a service that may be published by delegation has less than seven days of it left.</summary>
    internal bool AnyEndsSoon => Delegated.Any(service => UrgencyOf(service.Address) is not (null or DelegationUrgency.None));

    private IEnumerable<ServiceConfiguration> Delegated =>
        _configuration.Value.Services.Where(service => service.Signing.Contains(SigningWay.Delegation));

    internal HeldDelegations Of(OnionAddress service) => _shelves.GetValueOrDefault(service)?.Held ?? HeldDelegations.None;

    internal DelegationFolder FolderOf(OnionAddress service) => new(_configuration.Value.StateDirectory, service);

    /// <summary>Until when both descriptors can be published; null when they cannot be now, or the network is not known yet.</summary>
    internal DateTimeOffset? UntilOf(OnionAddress service) =>
        TimingNow() is { } timing ? Of(service).UntilIn(timing, _time.GetUtcNow()) : null;

    /// <summary>False while no consensus was ever seen.</summary>
    internal bool IsNetworkKnown => TimingNow() is not null;

    /// <summary>Null while it cannot be told: something is held, and no consensus was ever seen.</summary>
    internal DelegationUrgency? UrgencyOf(OnionAddress service) =>
        TimingNow() is null && !Of(service).Granted.IsEmpty ? null : DelegationUrgencies.Of(UntilOf(service), _time.GetUtcNow());

    /// <summary>For a person; empty while there is time.</summary>
    internal string WarningOf(OnionAddress service) =>
        UrgencyOf(service) is null ? "" : DelegationUrgencies.Describe(UntilOf(service), _time.GetUtcNow());

    /// <summary>Once over all services. Only by one caller at a time.</summary>
    internal void Look()
    {
        var services = _configuration.Value.Services;
        var view = _network.Newest;
        if (view is not null)
            Keep(view.Schedule.Clock.Timing);
        var changed = false;
        foreach (var gone in _shelves.Keys.Except(services.Select(service => service.Address)).ToArray())
            changed |= _shelves.TryRemove(gone, out _);
        foreach (var service in services)
        {
            var shelf = _shelves.GetOrAdd(service.Address, address => new DelegationShelf(FolderOf(address), address, _logger));
            changed |= shelf.Look(view?.FirstPeriodAt(_time.GetUtcNow()));
        }

        if (changed)
            Changed?.Invoke();
        foreach (var service in Delegated)
            Warn(service.Address);
    }

    /// <summary>Has looked when it returns, so that nobody publishes from an empty book.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Look();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Look();
    }

    /// <summary>For the verbs, which have no network to ask.</summary>
    private void Keep(NetworkTiming timing)
    {
        try
        {
            _timing.Write(timing);
            _toldProblem = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (e.Message != _toldProblem)
                LogTimingNotKept(e.Message);
            _toldProblem = e.Message;
        }
    }

    private void Warn(OnionAddress service)
    {
        if (_shelves.TryGetValue(service, out var shelf) && UrgencyOf(service) is { } urgency && shelf.IsNews(urgency))
            LogEnding(service, WarningOf(service));
    }

    private IEnumerable<(OnionAddress Service, TimeSpan Left)> TimeLeft()
    {
        var now = _time.GetUtcNow();
        return [.. Delegated.Where(service => UrgencyOf(service.Address) is not null)
            .Select(service => (service.Address, UntilOf(service.Address) - now ?? TimeSpan.Zero))];
    }

    private NetworkTiming? TimingNow() => _network.Newest?.Schedule.Clock.Timing ?? (_timing.TryRead(out var saved) ? saved : null);
}
