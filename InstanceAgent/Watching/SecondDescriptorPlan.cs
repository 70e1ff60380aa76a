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

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(5);

    /// <summary>HSDirs answer within a second of one another.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>After a fetch of what was known already, while a round goes on.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);

    /// <summary>HSDirs that the second descriptor was sent to, and whether they have it.</summary>
    private readonly Dictionary<string, bool> _hsDirs = new(StringComparer.Ordinal);

    private TimePeriod? _period;
    private string _descriptorId = "";
    private bool _wanted;

    /// <summary>tor sends a new one to all HSDirs at once: one fetch answers for the round, and one once it is over.</summary>
    private bool _uploading;

    /// <summary>
    /// When the round is over. UPLOADED does not name the descriptor, and an HSDir may be taking both: the first fetch may
    /// still have got the old one.
    /// </summary>
    private DateTimeOffset? _over;
    private DateTimeOffset _notBefore = start;
    private TimeSpan _retry = FirstRetry;
    private int _attempts;
    private ulong _revision;

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
        }

        if (period == _period)
            return;
        _period = period;
        _wanted = period is not null;
        _over = null;
        _retry = FirstRetry;
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
                (_uploading, _wanted, _notBefore) = (false, _period is not null, now);
        }
    }

    public bool IsDue(DateTimeOffset now) => (_wanted && now >= _notBefore) || now >= _over;

    /// <summary>
    /// Begins a fetch. Returns the HSDir to ask; null leaves the choice to tor, which then chooses as a client does.
    /// </summary>
    public string? Begin(DateTimeOffset now)
    {
        _wanted = false;
        if (now >= _over)
            _over = null;
        string[] holders = [.. _hsDirs.Where(h => h.Value).Select(h => h.Key)];
        return holders.Length == 0 ? null : holders[_attempts++ % holders.Length];
    }

    /// <param name="revision">Its revision counter. If it is the one of before, the HSDir had not taken the new one yet.</param>
    public void Fetched(ulong revision, DateTimeOffset now)
    {
        _retry = FirstRetry;
        if (revision == _revision && _over is not null)
            (_wanted, _notBefore) = (true, now + Again);
        _revision = revision;
    }

    public void Failed(DateTimeOffset now)
    {
        if (_wanted || _period is null)
            return;
        _wanted = true;
        _notBefore = now + _retry;
        _retry = _retry * 2 < LastRetry ? _retry * 2 : LastRetry;
    }

    private string IdOf(TimePeriod period) =>
        Convert.ToBase64String(address.PublicKey.Blind(period).Bytes.Span).TrimEnd('=');
}
