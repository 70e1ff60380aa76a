using System.Net.Sockets;

namespace OnionBalance.Split.Tor.Control;

/// <summary>Opens the socket of an endpoint, and says in words why it cannot.</summary>
internal static class ControlSocket
{
    public static async Task<Stream> OpenAsync(ControlEndpoint endpoint, CancellationToken cancellationToken)
    {
        var isUnix = endpoint.Address is UnixDomainSocketEndPoint;
        var socket = new Socket(
            endpoint.Address.AddressFamily,
            SocketType.Stream,
            isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (!isUnix)
                socket.NoDelay = true;
            await socket.ConnectAsync(endpoint.Address, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ControlException(ControlFault.CannotConnect, Explain(e, isUnix), e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Explain(SocketException e, bool isUnix) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => isUnix
            ? "the socket is there, but no tor listens on it: is tor running?"
            : "nothing listens there: is tor running, with ControlPort set to this address?",
        SocketError.AccessDenied => "this user may not open the socket: add the user to tor's group (Debian: debian-tor)",
        SocketError.AddressNotAvailable when isUnix => "there is no such socket: is tor running, with ControlSocket set to this path?",
        _ => $"cannot connect: {e.Message}",
    };
}
