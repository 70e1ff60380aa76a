namespace OnionBalance.Split.Signer.Policy;

/// <summary>A token bucket: how many signatures of one service were spent, and until when that counts. Pure.</summary>
/// <param name="FullAt">When the bucket is full again.</param>
internal readonly record struct SigningRate(DateTimeOffset FullAt)
{
    /// <summary>Spends one signature; false, with the time to wait, when there is none left.</summary>
    public bool TrySpend(RequestPolicy policy, DateTimeOffset now, out SigningRate spent, out TimeSpan wait)
    {
        // A clock that was set back, or a policy that became wider, owes no more than one whole burst.
        var longest = policy.Interval * policy.Burst;
        var owed = FullAt > now ? FullAt - now : TimeSpan.Zero;
        owed = (owed < longest ? owed : longest) + policy.Interval;
        wait = owed > longest ? owed - longest : TimeSpan.Zero;
        spent = wait > TimeSpan.Zero ? this : new SigningRate(now + owed);
        return wait <= TimeSpan.Zero;
    }
}
