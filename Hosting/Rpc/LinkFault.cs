using System.Net.Sockets;
using Grpc.Core;

namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>How a stream to a peer ended.</summary>
/// <param name="Problem">In one text for one cause, so that repeats are seen to be repeats.</param>
/// <param name="IsByPeer">The peer was there and ended it, or would not have us; false where it was not reached or broke off.</param>
public sealed record LinkFault(string Problem, bool IsByPeer)
{
    /// <summary>All that the dialer's own exception leaves of itself where the transport has given the connection up meanwhile.</summary>
    private const string HandshakeCut = "HTTP/2 handshake";

    public static LinkFault StreamEnded { get; } = new("the Collector ended the stream", IsByPeer: true);

    /// <summary>
    /// gRPC wraps what the dialer or the system said in several texts, or in none, as it comes: theirs is taken where there is one.
    /// </summary>
    public static LinkFault Of(Exception broken)
    {
        var status = (broken as RpcException)?.Status;
        string? own = null;
        for (var cause = status is null ? broken : status.Value.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is TlsBrokenOffException || cause.Message.Contains(HandshakeCut, StringComparison.Ordinal))
                return new LinkFault("it breaks the connection off in the TLS handshake or right after: it may refuse this certificate, see its log", IsByPeer: true);
            if (cause is SocketException socket)
                return new LinkFault(socket.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : own ?? socket.Message, IsByPeer: false);
            if (cause is IOException)
                own ??= cause.Message;
        }

        if (own is not null)
            return new LinkFault(own, IsByPeer: false);
        return status switch
        {
            null => new LinkFault(broken.Message, IsByPeer: false),
            { StatusCode: StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled, Detail: var detail } => new LinkFault(detail, IsByPeer: false),
            { StatusCode: var code, Detail: var detail } => new LinkFault($"{code}: {detail}", IsByPeer: true),
        };
    }
}
