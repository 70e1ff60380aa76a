using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// How often a service may publish: a few at once, then a slow trickle. The last few of a burst are kept for taking out
/// what is gone, so that a backend that flaps cannot delay the failover of another.
/// </summary>
internal readonly record struct PublishBudget(TokenBucket Bucket)
{
    /// <summary>Left for <see cref="PublishReason.PointsLost"/> and the rest; additions wait.</summary>
    internal const int Reserve = 10;

    internal static readonly TokenRate Rate = new(Burst: 20, TimeSpan.FromSeconds(3));

    internal PublishBudget AsOf(DateTimeOffset now) => new(Bucket.AsOf(Rate, now));

    internal PublishBudget Spend(DateTimeOffset now) => new(Bucket.Spend(Rate, now));

    /// <summary>The moment, now or later, at which there is enough.</summary>
    internal DateTimeOffset AvailableAt(DateTimeOffset now, PublishReason reason) =>
        Bucket.AvailableAt(Rate, now, reason == PublishReason.PointsAdded ? Reserve : 0);
}
