using System.Net.Sockets;
using Grpc.Core;

namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>How a stream to a peer ended.</summary>
/// <param name="Problem">In one text for one cause, so that repeats are seen to be repeats.</param>
/// <param name="IsByPeer">The peer was there and ended it, or would not have us; false where it was not reached or broke off.</param>
public sealed record LinkFault(string Problem, bool IsByPeer)
{
    private const string HandshakeCut = "HTTP/2 handshake";

    /// <summary>gRPC wraps what the dialer or the system said in three texts of its own: theirs is taken where there is one.</summary>
    public static LinkFault Of(Status status)
    {
        string? own = null;
        for (var cause = status.DebugException; cause is not null; cause = cause.InnerException)
        {
            // A TLS server that refuses a certificate may tell so only after the client's handshake is over, in several ways.
            if (cause is TlsBrokenOffException || cause.Message.Contains(HandshakeCut, StringComparison.Ordinal))
                return new LinkFault("it breaks the connection off in the TLS handshake or right after: it may refuse this certificate, see its log", IsByPeer: true);
            if (cause is SocketException socket)
                return new LinkFault(socket.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : own ?? socket.Message, IsByPeer: false);
            if (cause is IOException)
                own ??= cause.Message;
        }

        return own is not null ? new LinkFault(own, IsByPeer: false)
            : status.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled ? new LinkFault(status.Detail, IsByPeer: false)
            : new LinkFault($"{status.StatusCode}: {status.Detail}", IsByPeer: true);
    }
}
