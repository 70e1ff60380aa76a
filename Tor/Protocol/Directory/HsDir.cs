namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>A relay that takes v3 descriptors (HSDir flag, protocol HSDir=2) and whose place on the hash ring is known.</summary>
/// <param name="Fingerprint">Of its RSA identity: 40 upper-case hex digits, as the control port names relays.</param>
/// <param name="Ed25519Identity">node_identity of rend-spec-v3 2.2.3, from its microdescriptor.</param>
public sealed record HsDir(string Fingerprint, string Nickname, Bytes32 Ed25519Identity)
{
    public override string ToString() => $"${Fingerprint}~{Nickname}";
}
