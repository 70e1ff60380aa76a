using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>What the configuration says of one service; replaced whole when the configuration is read again.</summary>
internal sealed record ServiceSettings(IIdentityKeyStore Keys, ServicePolicy Policy, NetworkTiming Network, RequestPolicy Requests);
