namespace OnionBalance.Split.Hosting;

/// <summary>
/// When to dial a peer again. One that cannot be reached is tried often, which costs little, so that it is found as soon as
/// it is back. One that is there and ends each stream soon, as when another holds the same certificate, is left alone
/// longer and longer. Not thread-safe: one per link.
/// </summary>
/// <param name="first">The first delay's ceiling.</param>
/// <param name="last">The longest delay while the peer is not reached.</param>
/// <param name="time">The clock that streams are timed by.</param>
/// <param name="random">For the delays.</param>
public sealed class Redial(TimeSpan first, TimeSpan last, TimeProvider time, Random random)
{
    /// <summary>The longest delay after the peer ended a stream.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>A stream that lived this long was none of a row. Longer than <see cref="Longest"/>: two that push each other out never rest between.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    private readonly Backoff _unreached = new(first, last, random);
    private readonly Backoff _turnedAway = new(first, Longest, random);

    /// <summary>How many streams the peer has ended in a row.</summary>
    public int TurnedAway { get; private set; }

    /// <summary>More often than needs to be told each time.</summary>
    public bool IsRow => TurnedAway > 1;

    /// <summary>After a stream or an attempt for one: the delay before the next.</summary>
    /// <param name="taken">The timestamp at which the peer took the stream; null when it never did.</param>
    /// <param name="byPeer">The peer ended it.</param>
    public TimeSpan Next(long? taken, bool byPeer)
    {
        if (taken is { } since)
        {
            _unreached.Reset();
            if (time.GetElapsedTime(since) >= Settled)
            {
                _turnedAway.Reset();
                TurnedAway = 0;
            }
        }

        if (!byPeer)
            return _unreached.Next();
        TurnedAway++;
        return _turnedAway.Next();
    }
}
