using System.Net.Sockets;
using Grpc.Core;
using OnionBalance.Split.Hosting.Rpc;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class A_link_fault
{
    private static readonly HttpIOException Cut = new(HttpRequestError.InvalidResponse, "the server did not complete the HTTP/2 handshake.");
    private static readonly TlsBrokenOffException Reset = new(new IOException("reset", new SocketException()));

    /// <summary>Which of them comes depends on whether a write or a read meets it first.</summary>
    [Fact]
    public void Is_one_and_the_same_however_the_refusal_of_a_certificate_comes_out()
    {
        var wrapped = LinkFault.Of(Rpc(StatusCode.Internal, new HttpRequestException("An error occurred", Cut)));

        Assert.True(wrapped.IsByPeer);
        Assert.Contains("it may refuse this certificate", wrapped.Problem, StringComparison.Ordinal);
        Assert.Equal(wrapped, LinkFault.Of(Cut));
        Assert.Equal(wrapped, LinkFault.Of(new IOException("The request was aborted.", Reset)));
        Assert.Equal(wrapped, LinkFault.Of(Rpc(StatusCode.Unavailable, new HttpRequestException("An error occurred", Reset))));
    }

    [Fact]
    public void Of_a_peer_that_is_not_there_says_what_the_system_said()
    {
        var refused = new SocketException((int)SocketError.ConnectionRefused);

        Assert.Equal(new LinkFault("connection refused", IsByPeer: false), LinkFault.Of(Rpc(StatusCode.Unavailable, new HttpRequestException("wrapped", refused))));
        Assert.Equal(new LinkFault("no answer within 20 s", IsByPeer: false), LinkFault.Of(new TimeoutException("no answer within 20 s")));
        Assert.Equal(new LinkFault("reset", IsByPeer: false), LinkFault.Of(Rpc(StatusCode.Unavailable, new IOException("reset"))));
    }

    [Fact]
    public void Of_a_peer_that_turns_us_away_has_its_words()
    {
        Assert.Equal(new LinkFault("PermissionDenied: not for you", IsByPeer: true), LinkFault.Of(new RpcException(new Status(StatusCode.PermissionDenied, "not for you"))));
    }

    private static RpcException Rpc(StatusCode code, Exception cause) => new(new Status(code, "said by gRPC", cause));
}
