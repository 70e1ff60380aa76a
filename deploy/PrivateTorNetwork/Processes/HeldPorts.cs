using System.Net;
using System.Net.Sockets;

namespace OnionBalance.Split.PrivateTorNetwork.Processes;

/// <summary>
/// TCP ports of the loopback address that stay ours: each is held by a socket that is bound but does not listen.
/// </summary>
/// <remarks>
/// With SO_REUSEADDR on both sockets Linux lets tor (which sets it too) bind and listen on a held port, and gives the port to
/// nobody who asks for any free one. So nothing races, and a tor that restarts finds its port again.
/// </remarks>
public sealed class HeldPorts : IDisposable
{
    private const int SolSocket = 1;
    private const int SoReuseAddr = 2;

    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];

    /// <summary>One more free port of 127.0.0.1, held until this is disposed.</summary>
    public int Next()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // Raw, because .NET's ReuseAddress sets SO_REUSEPORT as well, which tor does not.
        socket.SetRawSocketOption(SolSocket, SoReuseAddr, [1, 0, 0, 0]);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        lock (_lock)
            _sockets.Add(socket);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var socket in _sockets)
                socket.Dispose();
            _sockets.Clear();
        }
    }
}
