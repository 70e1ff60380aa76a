using System.Collections.Immutable;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>
/// Where watchers leave the latest report of each instance and links find it. The latest replaces what was there, so a
/// slow Collector makes nothing grow.
/// </summary>
internal sealed class ReportBoard
{
    private readonly Lock _lock = new();
    private BoardView _current = BoardView.Empty;

    public BoardView Current
    {
        get
        {
            lock (_lock)
                return _current;
        }
    }

    /// <summary>Of an instance that is not, or no longer, configured nothing is kept.</summary>
    public void Post(OnionAddress address, InstanceReport report)
    {
        lock (_lock)
        {
            if (_current.Instances.Contains(address))
                Replace(_current.Reports.SetItem(address, report));
        }
    }

    /// <summary>Brings the instances in line with the configuration: new ones are awaited, those left out are withdrawn.</summary>
    public void Configure(ImmutableHashSet<OnionAddress> instances)
    {
        lock (_lock)
        {
            var next = _current.Reports;
            foreach (var withdrawn in _current.Instances.Except(instances))
                next = next.SetItem(withdrawn, new InstanceReport.Lost(LossReason.Withdrawn));
            foreach (var awaited in instances.Except(_current.Instances))
                next = next.SetItem(awaited, new InstanceReport.Unknown());
            Replace(next);
        }
    }

    private void Replace(ImmutableDictionary<OnionAddress, InstanceReport> reports)
    {
        var before = _current;
        _current = new BoardView(reports);
        before.Supersede();
    }
}
