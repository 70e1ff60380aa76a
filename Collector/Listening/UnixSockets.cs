using System.Net.Sockets;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>The files of unix sockets: cleared away when left by a killed process, and opened to whom they are for.</summary>
internal static class UnixSockets
{
    private const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Whoever can open the operator's socket is the operator.</summary>
    internal const UnixFileMode ForOperator = OwnerAndGroup;

    /// <summary>For agents and signers, under users of their own: their certificates let them in, not the file's mode.</summary>
    internal const UnixFileMode ForPeers = OwnerAndGroup | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <param name="option">The configuration's, that names the socket.</param>
    /// <param name="path">The socket.</param>
    /// <exception cref="DaemonException">The folder that it is to be in is not there.</exception>
    internal static void CheckFolder(string option, string path)
    {
        if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
            throw new DaemonException($"{option}: the folder {folder} of the socket {path} is missing: make it as root, with 'install -d -o {Environment.UserName} -m 755 {folder}' (systemd's unit does, by RuntimeDirectory=), or name another");
    }

    /// <exception cref="DaemonException">Somebody listens there, or something else has that name.</exception>
    internal static void ClearStale(string path)
    {
        if (!File.Exists(path))
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && new FileInfo(path).Length == 0)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new DaemonException($"{path} is in the way and is no socket of an earlier run: {e.Message}", e);
        }

        throw new DaemonException($"{path}: another process listens there already; is a collector running?");
    }
}
