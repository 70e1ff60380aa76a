namespace OnionBalance.Split.Hosting;

/// <summary>What a peer of the system is.</summary>
public enum PeerRole
{
    Agent,
    Collector,
    Signer,
}
