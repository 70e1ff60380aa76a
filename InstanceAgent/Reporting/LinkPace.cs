namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>How patient a link is with its Collector.</summary>
internal sealed record LinkPace(TimeSpan FirstRetry, TimeSpan LastRetry, TimeSpan AnswerTimeout)
{
    /// <summary>What a Collector gets to end the stream after a Goodbye.</summary>
    public TimeSpan GoodbyeTimeout { get; } = TimeSpan.FromSeconds(2);

    /// <summary>A Collector that comes back is to publish at once: an attempt on a direct way costs next to nothing.</summary>
    public static LinkPace Direct { get; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(20));

    /// <summary>Every attempt may cost tor several circuits, and an answer crosses six relays.</summary>
    public static LinkPace ThroughProxy { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60));
}
