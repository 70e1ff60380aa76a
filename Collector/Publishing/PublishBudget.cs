namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// How often a service may publish: a few at once, then a slow trickle. The last few of a burst are kept for taking out
/// what is gone, so that a backend that flaps cannot delay the failover of another.
/// </summary>
internal readonly record struct PublishBudget(double Tokens, DateTimeOffset At)
{
    internal const int Burst = 20;

    /// <summary>Left for <see cref="PublishReason.PointsLost"/> and the rest; additions wait.</summary>
    internal const int Reserve = 10;

    internal static readonly TimeSpan Refill = TimeSpan.FromSeconds(3);

    internal static PublishBudget Full(DateTimeOffset now) => new(Burst, now);

    internal PublishBudget Spend(DateTimeOffset now) => new(TokensAt(now) - 1, now);

    /// <summary>The moment, now or later, at which there is enough.</summary>
    internal DateTimeOffset AvailableAt(DateTimeOffset now, PublishReason reason)
    {
        var missing = 1 + (reason == PublishReason.PointsAdded ? Reserve : 0) - TokensAt(now);
        return missing <= 0 ? now : now + missing * Refill;
    }

    private double TokensAt(DateTimeOffset now) => Math.Min(Burst, Tokens + Math.Max(0, (now - At) / Refill));
}
