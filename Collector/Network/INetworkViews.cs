namespace OnionBalance.Split.Collector.Network;

/// <summary>Where the newest view of the network comes from.</summary>
internal interface INetworkViews
{
    /// <summary>The newest view; null when there was none since the start.</summary>
    NetworkView? Newest { get; }

    /// <summary>The newest view, waited for when there was none since the start.</summary>
    ValueTask<NetworkView> ViewAsync(CancellationToken cancellationToken);
}
