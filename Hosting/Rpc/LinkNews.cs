namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>What a link's fault is in its daemon's log.</summary>
public enum LinkNews
{
    /// <summary>Nothing: it was told before.</summary>
    None,

    NotConnected,

    /// <summary>The peer ends one stream after the other.</summary>
    TurnedAway,
}
