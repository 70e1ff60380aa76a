// Tor/Control compiles this file too, under its own name: it references nothing of Hosting, and who references both
// must not meet the same public name twice.
#if TOR_CONTROL
namespace OnionBalance.Split.Tor.Control;

internal
#else
namespace OnionBalance.Split.Hosting;

/// <summary>
/// Delays between attempts: each is a random part of a ceiling that doubles up to a cap ("full jitter"), so that many
/// that failed together do not return together. Not thread-safe: one per loop.
/// </summary>
public
#endif
sealed class Backoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _cap;
    private readonly Random _random;
    private TimeSpan _ceiling;

    public Backoff(TimeSpan first, TimeSpan cap, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(first, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(cap, first);
        ArgumentNullException.ThrowIfNull(random);
        _first = first;
        _cap = cap;
        _random = random;
        _ceiling = first;
    }

    /// <summary>The delay to wait now. Never zero, never above the cap.</summary>
    public TimeSpan Next()
    {
        var delay = TimeSpan.FromTicks(_random.NextInt64(1, _ceiling.Ticks + 1));
        _ceiling = _ceiling > _cap / 2 ? _cap : _ceiling * 2;
        return delay;
    }

    /// <summary>After a success: the next delay starts small again.</summary>
    public void Reset() => _ceiling = _first;
}
