namespace OnionBalance.Split.Signer.Policy;

/// <summary>A token bucket: how much of it was spent, and until when that counts. Pure.</summary>
/// <param name="FullAt">When the bucket is full again.</param>
internal readonly record struct TokenBucket(DateTimeOffset FullAt)
{
    /// <summary>Spends one token; false, with the time to wait, when there is none left.</summary>
    /// <param name="interval">In which one token comes back.</param>
    /// <param name="burst">Tokens in a full bucket.</param>
    public bool TrySpend(TimeSpan interval, int burst, DateTimeOffset now, out TokenBucket spent, out TimeSpan wait)
    {
        // A clock that was set back, or limits that became wider, owe no more than one whole burst.
        var longest = interval * burst;
        var owed = FullAt > now ? FullAt - now : TimeSpan.Zero;
        owed = (owed < longest ? owed : longest) + interval;
        wait = owed > longest ? owed - longest : TimeSpan.Zero;
        spent = wait > TimeSpan.Zero ? this : new TokenBucket(now + owed);
        return wait <= TimeSpan.Zero;
    }

    /// <summary>With tokens put back that were spent.</summary>
    public TokenBucket Return(TimeSpan interval, int tokens) => new(FullAt - interval * tokens);
}
