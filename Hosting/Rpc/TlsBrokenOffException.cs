namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>The peer ended the connection within the TLS handshake. Of a kind that gRPC calls Unavailable.</summary>
internal sealed class TlsBrokenOffException(Exception how) : IOException("the peer broke the TLS handshake off", how);
