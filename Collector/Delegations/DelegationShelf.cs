using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>One service's place in the <see cref="DelegationBook"/>: its folder as last seen, and what was last said of it.</summary>
internal sealed partial class DelegationShelf(DelegationFolder folder, OnionAddress service, ILogger logger)
{
    private string? _stamp;
    private string? _toldProblem;
    private DelegationUrgency _said = DelegationUrgency.None;
    private TimePeriod? _removedBefore;
    private volatile HeldDelegations _held = HeldDelegations.None;

    internal HeldDelegations Held => _held;

    /// <summary>
    /// Removes what is over, and reads the folder when it is not as it was; true when it had to. Of one that cannot be read,
    /// what was held stays, and is told once.
    /// </summary>
    /// <param name="first">The period that is published first by the network's consensus; null while there is none.</param>
    internal bool Look(TimePeriod? first)
    {
        try
        {
            if (first is { } period)
                RemoveBefore(period);
            var isNew = Refresh();
            _toldProblem = null;
            return isNew;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var fault = e.Message.Replace(service.Label, service.ToString(), StringComparison.Ordinal);
            if (fault != _toldProblem)
                LogUnreadable(service, fault);
            _toldProblem = fault;
            return false;
        }
    }

    /// <summary>True once for each step nearer to the end; a renewal starts over.</summary>
    internal bool IsNews(DelegationUrgency urgency)
    {
        var isNews = urgency > _said;
        _said = urgency;
        return isNews;
    }

    private bool Refresh()
    {
        var stamp = folder.Stamp();
        if (stamp == _stamp)
            return false;
        _held = HeldDelegations.Of(folder.Keys(), ReadBundles().Select(read => read.Bundle));
        _stamp = stamp;
        return true;
    }

    /// <summary>
    /// Deletes the keys of periods that are over at the start of one, whether they were ever granted or not, and bundles that
    /// have no later period. Nobody can bring them back: see <see cref="Network.NetworkView.FirstPeriodAt"/>.
    /// </summary>
    private void RemoveBefore(TimePeriod first)
    {
        if (_removedBefore == first && folder.Stamp() == _stamp)
            return;
        foreach (var key in folder.Keys().Where(key => key.Period.IsOverAt(first)))
        {
            folder.Delete(key);
            LogRemoved(service, key.Period);
        }

        foreach (var (path, _) in ReadBundles().Where(read => read.Bundle.Periods.All(delegated => delegated.Period.IsOverAt(first))))
            File.Delete(path);
        _removedBefore = first;
    }

    private List<(string Path, DelegationBundle Bundle)> ReadBundles()
    {
        var bundles = new List<(string, DelegationBundle)>();
        foreach (var (path, bundle, fault) in folder.ReadBundles())
        {
            if (bundle is null)
                LogUnusable(service, Path.GetFileName(path), fault.Explain());
            else
                bundles.Add((path, bundle));
        }

        return bundles;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Period {Period} of {Service} is over: its delegated key is deleted")]
    private partial void LogRemoved(OnionAddress service, TimePeriod period);

    [LoggerMessage(Level = LogLevel.Error, Message = "The delegations of {Service} cannot be looked through, and none is taken up until they can be: {Fault}")]
    private partial void LogUnreadable(OnionAddress service, string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "A delegation of {Service} is not used: {File} {Fault}. Import the bundle again")]
    private partial void LogUnusable(OnionAddress service, string file, string fault);
}
