namespace OnionBalance.Split.PrivateTorNetwork;

/// <summary>A relay of a private network: its tor, its RSA identity (40 hex digits, upper case) and its OR port on 127.0.0.1.</summary>
public sealed record Relay(TorProcess Tor, string Fingerprint, int OrPort);
