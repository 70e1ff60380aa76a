using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting.Tls;

/// <summary>
/// Says who was refused and why: the same peer for the same reason ever more seldom while it goes on, and all together not
/// often. Whoever knocks must not be able to fill the log.
/// </summary>
public sealed partial class RefusalReport(TimeProvider time, ILogger logger)
{
    /// <summary>Told apart; what comes beyond is told as one.</summary>
    private const int MostRows = 64;

    private static readonly TokenRate OfAll = new(Burst: 10, TimeSpan.FromSeconds(10));
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPause = TimeSpan.FromMinutes(10);

    private readonly long _started = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Who, string Reason), Row> _rows = [];
    private TokenBucket _ofAll;

    /// <param name="who">In words that are the same when it comes again: no port.</param>
    /// <param name="reason">A clause with the peer as its subject.</param>
    public void Tell(string who, string reason)
    {
        int untold;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_started);
            var key = RoomFor((who, reason), now);
            var row = _rows.GetValueOrDefault(key);
            if (now < row.Next || !_ofAll.TrySpend(OfAll, time.GetUtcNow(), out _ofAll, out _))
            {
                _rows[key] = row with { Untold = row.Untold + 1 };
                return;
            }

            var pause = row.IsOver(now) ? FirstPause : row.Pause * 2 < LastPause ? row.Pause * 2 : LastPause;
            untold = row.Untold;
            _rows[key] = new Row(now + pause, pause, 0);
        }

        if (untold == 0)
            LogRefused(who, reason);
        else
            LogRefusedAgain(who, reason, untold);
    }

    private (string Who, string Reason) RoomFor((string Who, string Reason) key, TimeSpan now)
    {
        if (_rows.ContainsKey(key) || _rows.Count < MostRows)
            return key;
        foreach (var (old, row) in _rows)
        {
            if (row.IsOver(now))
                _rows.Remove(old);
        }

        return _rows.Count < MostRows ? key : default;
    }

    /// <param name="Next">Not told of before.</param>
    /// <param name="Pause">The one that ends then.</param>
    /// <param name="Untold">Refused in it.</param>
    private readonly record struct Row(TimeSpan Next, TimeSpan Pause, int Untold)
    {
        public bool IsOver(TimeSpan now) => now >= Next + Pause;
    }
}
