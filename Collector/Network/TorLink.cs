using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Authentication;

namespace OnionBalance.Split.Collector.Network;

/// <summary>What the collector has of its tor at one moment.</summary>
/// <param name="Uploader">Null while tor is away.</param>
/// <param name="View">The newest consensus seen; it outlives the connection.</param>
internal sealed record TorState(DescriptorUploader? Uploader, string Version, NetworkView? View, string Problem)
{
    internal static readonly TorState Initial = new(null, "", null, "not connected to tor's control port yet");

    internal bool IsConnected => Uploader is not null;
}

/// <summary>Keeps the connection to the collector's tor, and the consensus current.</summary>
internal sealed partial class TorLink(CurrentConfiguration configuration, TimeProvider time, ILogger<TorLink> logger)
    : BackgroundService, INetworkViews
{
    private readonly ConsensusReader _consensuses = new();
    private readonly TaskCompletionSource<NetworkView> _firstView = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = NewSignal();
    private volatile TorState _state = TorState.Initial;

    /// <summary>After every change of <see cref="State"/>.</summary>
    internal event Action? Changed;

    internal TorState State => _state;

    public NetworkView? Newest => _state.View;

    public async ValueTask<NetworkView> ViewAsync(CancellationToken cancellationToken) =>
        _state.View ?? await _firstView.Task.WaitAsync(cancellationToken);

    /// <summary>The uploader, waited for while tor is away.</summary>
    internal async Task<DescriptorUploader> UploaderAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Task;
            if (_state.Uploader is { } uploader)
                return uploader;
            await changed.WaitAsync(cancellationToken);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var tor = configuration.Value.Tor;
        var supervisor = new TorSupervisor(tor.Control, PasswordFile.Reader(tor.PasswordFile), ControlLimits.Default, time, logger) { Unreached = SetProblem };
        return supervisor.RunAsync(RunSessionAsync, stoppingToken);
    }

    private async Task RunSessionAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        await using var uploader = await DescriptorUploader.CreateAsync(connection, cancellationToken);
        try
        {
            Set(_state with { Uploader = uploader, Version = connection.TorVersion, Problem = _state.View is null ? "tor has no consensus yet" : "" });
            await foreach (var consensus in _consensuses.FollowAsync(connection, cancellationToken))
            {
                if (NetworkView.TryCreate(consensus, out var view, out var problem))
                {
                    LogConsensus(consensus.ValidAfter, consensus.HsDirs.Length, consensus.UnknownHsDirs.Length);
                    Set(_state with { View = view, Problem = "" });
                    _firstView.TrySetResult(view!);
                }
                else
                {
                    LogUnusableConsensus(problem);
                    Set(_state with { Problem = problem });
                }
            }
        }
        finally
        {
            Set(_state with { Uploader = null, Problem = "the connection to tor's control port is lost" });
        }
    }

    private void SetProblem(string problem)
    {
        if (problem != _state.Problem)
            Set(_state with { Problem = problem });
    }

    private void Set(TorState state)
    {
        _state = state;
        Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
        Changed?.Invoke();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
