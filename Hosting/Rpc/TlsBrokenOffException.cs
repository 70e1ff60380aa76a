namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>The peer ended the connection within the TLS handshake or right after it. Of a kind that gRPC calls Unavailable.</summary>
internal sealed class TlsBrokenOffException(Exception how) : IOException("the peer broke the connection off in the TLS handshake or right after", how);
