namespace OnionBalance.Split.Hosting;

/// <summary>How often something may happen: so many times at once, then once in each interval.</summary>
/// <param name="Burst">Tokens in a full bucket.</param>
/// <param name="Interval">In which one token comes back.</param>
public readonly record struct TokenRate(int Burst, TimeSpan Interval);

/// <summary>A token bucket: how much of it was spent, and until when that counts. Full by default. Pure.</summary>
/// <param name="Owed">The time that it takes to be full again.</param>
/// <param name="At">From when on that time counts.</param>
public readonly record struct TokenBucket(TimeSpan Owed, DateTimeOffset At)
{
    /// <summary>
    /// As it stands now; whoever waits for a token keeps this, so that the wait ends though the clock was set back. A rate that
    /// became wider owes no more than one whole burst.
    /// </summary>
    public TokenBucket AsOf(TokenRate rate, DateTimeOffset now)
    {
        var longest = rate.Interval * rate.Burst;
        var owed = now > At ? Owed - (now - At) : Owed;
        return new TokenBucket(owed < TimeSpan.Zero ? TimeSpan.Zero : owed < longest ? owed : longest, now);
    }

    /// <summary>The moment, now or later, at which there is a token.</summary>
    /// <param name="reserve">Tokens that must be left beside it.</param>
    public DateTimeOffset AvailableAt(TokenRate rate, DateTimeOffset now, int reserve = 0)
    {
        var missing = AsOf(rate, now).Owed + rate.Interval * (1 + reserve - rate.Burst);
        return missing > TimeSpan.Zero ? now + missing : now;
    }

    /// <summary>With a token spent, whether there was one or not.</summary>
    public TokenBucket Spend(TokenRate rate, DateTimeOffset now) => AsOf(rate, now).Return(rate, -1);

    /// <summary>Spends one token; false, with the time to wait, when there is none left.</summary>
    public bool TrySpend(TokenRate rate, DateTimeOffset now, out TokenBucket spent, out TimeSpan wait)
    {
        wait = AvailableAt(rate, now) - now;
        spent = wait > TimeSpan.Zero ? AsOf(rate, now) : Spend(rate, now);
        return wait == TimeSpan.Zero;
    }

    /// <summary>With tokens put back that were spent.</summary>
    public TokenBucket Return(TokenRate rate, int tokens) => this with { Owed = Owed - rate.Interval * tokens };
}
