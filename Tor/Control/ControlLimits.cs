namespace OnionBalance.Split.Tor.Control;

/// <summary>What one control connection may cost, whatever the other end sends or fails to send.</summary>
public sealed record ControlLimits
{
    public static ControlLimits Default { get; } = new();

    /// <summary>A longer line ends the connection: tor itself writes none.</summary>
    public int MaxLineBytes { get; init; } = 256 * 1024;

    /// <summary>A longer reply is read and dropped, and its call fails; the connection stays usable.</summary>
    public int MaxReplyBytes { get; init; } = 1024 * 1024;

    /// <summary>As <see cref="MaxReplyBytes"/>, for the consensus and the microdescriptors: a few MiB in today's network.</summary>
    public int MaxDirectoryReplyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A longer event loses its body (<see cref="Events.ControlEvent.BodyDropped"/>). A descriptor has at most 50 000 bytes.</summary>
    public int MaxEventBytes { get; init; } = 128 * 1024;

    /// <summary>Events a subscription holds for a slow reader before the oldest go.</summary>
    public int EventQueueLength { get; init; } = 1024;

    /// <summary>For connecting and authenticating together.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A tor that leaves a command unanswered this long counts as dead: the connection is closed.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
