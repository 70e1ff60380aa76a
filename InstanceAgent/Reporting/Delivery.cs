namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>One report as sent on one stream, and what became of it.</summary>
/// <param name="What">The very object that was reported: another one is another report.</param>
internal sealed record Delivery(object What, ulong Sequence, DateTimeOffset Sent)
{
    public bool IsAnswered { get; init; }

    /// <summary>When to send it again; null when the answer was final.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>True when <paramref name="what"/> has to be sent although <paramref name="last"/> was.</summary>
    public static bool IsDue(Delivery? last, object what, DateTimeOffset now) =>
        last is null || !ReferenceEquals(last.What, what) || last.RetryAt <= now;
}
