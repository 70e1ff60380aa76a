using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>The publications of one service, one for each period, changed by its publisher and by its uploads, kept on disk.</summary>
internal sealed class PublicationLog
{
    private readonly Lock _gate = new();
    private readonly OnionAddress _service;
    private readonly PublicationStore _store;
    private ImmutableDictionary<TimePeriod, Publication> _publications;

    internal PublicationLog(OnionAddress service, PublicationStore store)
    {
        _service = service;
        _store = store;
        _publications = store.Load(service).Select(publication => publication.AfterRestart())
            .ToImmutableDictionary(publication => publication.Period);
    }

    internal ImmutableDictionary<TimePeriod, Publication> Snapshot
    {
        get
        {
            lock (_gate)
                return _publications;
        }
    }

    internal void Add(Publication publication) => Change(all => all.SetItem(publication.Period, publication));

    /// <summary>Nothing, when a newer publication of the period has taken its place. Returns what it became.</summary>
    internal Publication? Change(TimePeriod period, ulong revisionCounter, Func<Publication, Publication> change)
    {
        Publication? changed = null;
        Change(all => all.TryGetValue(period, out var publication) && publication.RevisionCounter == revisionCounter
            ? all.SetItem(period, changed = change(publication))
            : all);
        return changed;
    }

    internal void KeepOnly(IReadOnlyCollection<TimePeriod> periods) => Change(all => all.RemoveRange(all.Keys.Except(periods)));

    private void Change(Func<ImmutableDictionary<TimePeriod, Publication>, ImmutableDictionary<TimePeriod, Publication>> change)
    {
        lock (_gate)
        {
            var before = _publications;
            _publications = change(before);
            if (!ReferenceEquals(before, _publications))
                _store.Save(_service, _publications.Values);
        }
    }
}
