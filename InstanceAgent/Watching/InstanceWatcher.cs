using Microsoft.Extensions.Logging;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.InstanceAgent.Reporting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Authentication;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>Watches one instance for as long as it is configured, through restarts of its tor.</summary>
internal sealed partial class InstanceWatcher(
    InstanceConfiguration instance, ReportBoard board, SteadyClock clock, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>A tor that starts together with the agent needs about half a second before it answers.</summary>
    private static readonly TimeSpan PatienceAtStart = TimeSpan.FromSeconds(3);

    /// <summary>tor answers in milliseconds; one that is stopped or stuck serves nobody.</summary>
    private static readonly ControlLimits Limits = ControlLimits.Default with { ReplyTimeout = TimeSpan.FromSeconds(10) };

    private readonly ILogger _logger = loggers.CreateLogger<InstanceWatcher>();
    private readonly InstanceJudge _judge = new(instance.Address, clock.Now);
    private bool _everConnected;

    private OnionAddress Address => instance.Address;

    /// <summary>Ends with the token.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var supervisor = new TorSupervisor(
            instance.Tor.Control, PasswordFile.Reader(instance.Tor.PasswordFile), Limits, time, loggers.CreateLogger<TorSupervisor>())
        {
            Unreached = _ => ReportUnreached(),
        };
        using var started = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var absence = ReportAbsentTorAsync(started.Token);
        try
        {
            await supervisor.RunAsync(SessionAsync, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await started.CancelAsync().ConfigureAwait(false);
            await absence.ConfigureAwait(false);
        }
    }

    private async Task SessionAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        _everConnected = true;
        try
        {
            var session = new WatchSession(instance, _judge, Report, clock, time, loggers.CreateLogger<WatchSession>());
            await session.RunAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Otherwise it is the agent that stops watching.
            if (connection.Fault is not null)
                ReportTorGone();
        }
    }

    private async Task ReportAbsentTorAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(PatienceAtStart, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_everConnected && !cancellationToken.IsCancellationRequested)
            ReportTorGone();
    }

    /// <summary>However the session before ended: tor may have gone just after it.</summary>
    private void ReportUnreached()
    {
        if (_everConnected && _judge.Report is not InstanceReport.Lost { Reason: LossReason.TorGone })
            ReportTorGone();
    }

    private void ReportTorGone()
    {
        _judge.TorGone();
        Report();
    }

    private void Report()
    {
        switch (_judge.Report)
        {
            case InstanceReport.Present present:
                foreach (var descriptor in present.Descriptors)
                    LogPresent(Address, descriptor.Period, descriptor.RevisionCounter, descriptor.Points.Count);
                break;
            case InstanceReport.Lost lost:
                LogLost(Address, lost.Reason);
                break;
        }

        board.Post(Address, _judge.Report);
    }
}
