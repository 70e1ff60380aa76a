using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>One service's place in the <see cref="DelegationBook"/>: its folder as last seen, and what was last said of it.</summary>
internal sealed partial class DelegationShelf(DelegationFolder folder, OnionAddress service, ILogger logger)
{
    private string? _stamp;
    private DelegationUrgency _said = DelegationUrgency.None;
    private TimePeriod? _removedBefore;
    private volatile HeldDelegations _held = HeldDelegations.None;

    internal HeldDelegations Held => _held;

    /// <summary>Reads the folder when it is not as it was; true when it had to.</summary>
    internal bool Refresh()
    {
        var stamp = folder.Stamp();
        if (stamp == _stamp)
            return false;
        _held = HeldDelegations.Of(folder.Keys(), ReadBundles().Select(read => read.Bundle));
        _stamp = stamp;
        return true;
    }

    /// <summary>
    /// Deletes the keys of periods before one, and bundles that have no later period. By the network's consensus, never by
    /// this host's clock: one that is set wrong must not cost the delegations.
    /// </summary>
    internal void RemoveBefore(TimePeriod first)
    {
        if (_removedBefore == first && folder.Stamp() == _stamp)
            return;
        bool IsOver(TimePeriod period) => period.LengthMinutes == first.LengthMinutes && period.Number < first.Number;
        foreach (var key in folder.Keys().Where(key => IsOver(key.Period)))
        {
            folder.Delete(key);
            LogRemoved(service, key.Period);
        }

        foreach (var (path, _) in ReadBundles().Where(read => read.Bundle.Periods.All(delegated => IsOver(delegated.Period))))
            File.Delete(path);
        _removedBefore = first;
    }

    /// <summary>True once for each step nearer to the end; a renewal starts over.</summary>
    internal bool IsNews(DelegationUrgency urgency)
    {
        var isNews = urgency > _said;
        _said = urgency;
        return isNews;
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

    [LoggerMessage(Level = LogLevel.Error, Message = "A delegation of {Service} is not used: {File} {Fault}. Import the bundle again")]
    private partial void LogUnusable(OnionAddress service, string file, string fault);
}
