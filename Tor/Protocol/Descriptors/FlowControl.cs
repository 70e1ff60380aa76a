namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>"flow-control" of the inner layer (rend-spec-v3 2.5.2.2, proposal 324): without it clients use no congestion control.</summary>
/// <param name="Versions">The FlowCtrl subprotocol versions as written, such as "1-2".</param>
/// <param name="SendmeIncrement">sendme_inc of the service's consensus: 31 on the public network.</param>
public sealed record FlowControl(string Versions, byte SendmeIncrement);
