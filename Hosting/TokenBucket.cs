namespace OnionBalance.Split.Hosting;

/// <summary>How often something may happen: so many times at once, then once in each interval.</summary>
/// <param name="Burst">Tokens in a full bucket.</param>
/// <param name="Interval">In which one token comes back.</param>
public readonly record struct TokenRate(int Burst, TimeSpan Interval);

/// <summary>A token bucket: how much of it was spent, and until when that counts. Pure.</summary>
/// <param name="FullAt">When the bucket is full again.</param>
public readonly record struct TokenBucket(DateTimeOffset FullAt)
{
    /// <summary>The moment, now or later, at which there is a token.</summary>
    /// <param name="reserve">Tokens that must be left beside it.</param>
    public DateTimeOffset AvailableAt(TokenRate rate, DateTimeOffset now, int reserve = 0)
    {
        var missing = Owed(rate, now) + rate.Interval * (1 + reserve - rate.Burst);
        return missing > TimeSpan.Zero ? now + missing : now;
    }

    /// <summary>With a token spent, whether there was one or not.</summary>
    public TokenBucket Spend(TokenRate rate, DateTimeOffset now) => new(now + Owed(rate, now) + rate.Interval);

    /// <summary>Spends one token; false, with the time to wait, when there is none left.</summary>
    public bool TrySpend(TokenRate rate, DateTimeOffset now, out TokenBucket spent, out TimeSpan wait)
    {
        wait = AvailableAt(rate, now) - now;
        spent = wait > TimeSpan.Zero ? this : Spend(rate, now);
        return wait == TimeSpan.Zero;
    }

    /// <summary>With tokens put back that were spent.</summary>
    public TokenBucket Return(TokenRate rate, int tokens) => new(FullAt - rate.Interval * tokens);

    /// <summary>A clock that was set back, or a rate that became wider, owes no more than one whole burst.</summary>
    private TimeSpan Owed(TokenRate rate, DateTimeOffset now)
    {
        var longest = rate.Interval * rate.Burst;
        var owed = FullAt > now ? FullAt - now : TimeSpan.Zero;
        return owed < longest ? owed : longest;
    }
}
