using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>
/// Decides when to fetch the instance's own second descriptor, and from which HSDir. tor shows its first descriptor
/// alone, but clients use the second one from the start of a period to the next shared random value, and that is the one
/// that HSFETCH then gets; at other times HSFETCH gets the first, which is known already.
/// </summary>
internal sealed class SecondDescriptorPlan(OnionAddress address, DateTimeOffset start)
{
    private const int MaxHsDirs = 64;
    private const int MaxSideBySide = 3;

    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(5);

    /// <summary>HSDirs answer within a second of one another.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>
    /// From one fetch to the next, at another HSDir, while there is no answer yet. One fetch in twenty takes tor seconds, the
    /// next one seldom. After failures ever more slowly.
    /// </summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300);

    /// <summary>HSDirs that the second descriptor was sent to, and whether they have it.</summary>
    private readonly Dictionary<string, bool> _hsDirs = new(StringComparer.Ordinal);

    private readonly List<SecondFetch> _running = [];
    private TimePeriod? _period;
    private string _descriptorId = "";

    /// <summary>Counts the reasons to fetch: what one fetch brings does not answer a later one.</summary>
    private int _want;
    private bool _isWanted;
    private DateTimeOffset _notBefore;
    private TimeSpan _retry = Pace;

    /// <summary>tor sends a new one to all HSDirs at once: one answer serves for the round, and one once it is over.</summary>
    private bool _uploading;

    /// <summary>
    /// When the round is over. UPLOADED does not name the descriptor, and an HSDir may be taking both: what was fetched
    /// first may still have been the old one.
    /// </summary>
    private DateTimeOffset? _over;
    private int _attempts;
    private ulong _revision;
    private ulong _revisionBeforeRound;

    /// <summary>The period to fetch; null where there is nothing to fetch.</summary>
    public TimePeriod? Period => _period;

    public void Consensus(PeriodClock clock)
    {
        var period = clock.IsBetweenPeriodAndSharedRandom ? clock.Second : (TimePeriod?)null;
        // The uploads that matter later come while the period is still ahead: remember those of the coming one.
        var id = IdOf(clock.Second);
        if (id != _descriptorId)
        {
            _descriptorId = id;
            _hsDirs.Clear();
            (_revision, _revisionBeforeRound) = (0, 0);
        }

        if (period == _period)
            return;
        _period = period;
        _over = null;
        Want(start);
    }

    public void Happened(HsDescEvent happened, DateTimeOffset now)
    {
        if (happened.Label != address.Label || happened.HsDir is not { } hsDir)
            return;
        if (happened.Action == HsDescAction.Upload && happened.DescriptorId == _descriptorId && _hsDirs.Count < MaxHsDirs)
        {
            _hsDirs[hsDir] = false;
            _uploading = true;
        }
        else if (happened.Action == HsDescAction.Uploaded && _hsDirs.ContainsKey(hsDir))
        {
            _hsDirs[hsDir] = true;
            if (_period is not null && (_uploading || _over is not null))
                _over = now + Quiet;
            if (_uploading)
                Want(now);
            _uploading = false;
        }
    }

    /// <summary>When the next fetch is to begin; null when none is, until something happens.</summary>
    public DateTimeOffset? DueAt =>
        !TryChoose(out _) ? null
        : _isWanted && !(_notBefore > _over) ? _notBefore
        : _over;

    public bool IsDue(DateTimeOffset now) => now >= DueAt;

    /// <summary>Begins a fetch that is due.</summary>
    public SecondFetch Begin(DateTimeOffset now)
    {
        if (now >= _over)
        {
            _over = null;
            Want(now);
        }

        TryChoose(out var hsDir);
        _attempts++;
        _notBefore = now + _retry;
        var fetch = new SecondFetch(hsDir, _want);
        _running.Add(fetch);
        return fetch;
    }

    /// <param name="revision">Its revision counter. If it is the one of before, the HSDir had not taken the new one yet.</param>
    public void Fetched(SecondFetch fetch, ulong revision, DateTimeOffset now)
    {
        _running.Remove(fetch);
        _retry = Pace;
        _revision = Math.Max(_revision, revision);
        if (fetch.Want != _want)
            return;
        if (revision > _revisionBeforeRound || _over is null)
            _isWanted = false;
        else
            _notBefore = now + Pace;
    }

    public void Failed(SecondFetch fetch, DateTimeOffset now)
    {
        _running.Remove(fetch);
        if (fetch.Want != _want)
            return;
        _notBefore = now + _retry;
        _retry = _retry * 2 < LastRetry ? _retry * 2 : LastRetry;
    }

    private void Want(DateTimeOffset notBefore)
    {
        _want++;
        _isWanted = _period is not null;
        _notBefore = notBefore;
        _retry = Pace;
        _revisionBeforeRound = _revision;
    }

    /// <summary>One that has it and is not being asked, each in its turn; null where none is known, for tor to choose.</summary>
    private bool TryChoose(out string? hsDir)
    {
        hsDir = null;
        if (_running.Count >= MaxSideBySide)
            return false;
        string[] holders = [.. _hsDirs.Where(h => h.Value && !_running.Exists(fetch => fetch.HsDir == h.Key)).Select(h => h.Key)];
        if (holders.Length > 0)
            hsDir = holders[_attempts % holders.Length];
        return hsDir is not null || _running.Count == 0;
    }

    private string IdOf(TimePeriod period) =>
        Convert.ToBase64String(address.PublicKey.Blind(period).Bytes.Span).TrimEnd('=');
}
