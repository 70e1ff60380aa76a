using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>Connections to one peer: dialed directly, through a SOCKS5 proxy or to a unix socket, with mutual TLS on top.</summary>
internal sealed class TlsDialer(EndpointAddress peer, MutualTlsIdentity identity, PeerExpectation expected, Socks5Proxy? proxy)
{
    public async Task<Stream> DialAsync(CancellationToken stop)
    {
        var plain = await ConnectAsync(stop).ConfigureAwait(false);
        string? refusal = null;
        var isHandshake = false;
        var secure = new GuardedTlsStream(plain);
        try
        {
            if (proxy is not null && peer.UnixPath is null)
                await Socks5Client.ConnectAsync(plain, proxy, peer, stop).ConfigureAwait(false);
            isHandshake = true;
            var host = peer.UnixPath is null ? peer.Host : "localhost";
            await secure.AuthenticateAsClientAsync(identity.CreateClientOptions(expected, host, reason => refusal = reason), stop).ConfigureAwait(false);
            return secure;
        }
        catch (Exception exception) when (isHandshake && refusal is null && (exception is IOException || exception.ToString().Contains("alert", StringComparison.Ordinal)))
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw new TlsBrokenOffException(exception);
        }
        catch (AuthenticationException exception)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            // Of a kind that gRPC calls Unavailable: the peer may come back with another certificate.
            throw new IOException(refusal is null ? $"TLS with {peer} failed: {exception.Message}" : $"the server {peer} is refused: {refusal}", exception);
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<NetworkStream> ConnectAsync(CancellationToken stop)
    {
        var socket = peer.UnixPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(Destination(), stop).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private EndPoint Destination()
    {
        if (peer.UnixPath is not null)
            return new UnixDomainSocketEndPoint(peer.UnixPath);
        var first = proxy?.Address ?? peer;
        return IPAddress.TryParse(first.Host, out var address) ? new IPEndPoint(address, first.Port) : new DnsEndPoint(first.Host, first.Port);
    }
}
