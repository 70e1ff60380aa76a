namespace OnionBalance.Split.Tor.Protocol.Certificates;

/// <summary>Signs <paramref name="message"/> into the 64 bytes of <paramref name="signature"/>.</summary>
public delegate void CertificateSigner(ReadOnlySpan<byte> message, Span<byte> signature);
