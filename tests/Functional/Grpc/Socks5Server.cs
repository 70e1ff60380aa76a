using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>A SOCKS5 proxy that notes what it is asked for and connects everything to one port here.</summary>
internal sealed class Socks5Server : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public Socks5Server(int target)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(target);
    }

    public int Port { get; }

    /// <summary>"domain NAME:PORT as USER:PASSWORD".</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync(int target)
    {
        while (true)
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token), target);
    }

    private async Task ServeAsync(TcpClient client, int target)
    {
        using (client)
        {
            var near = client.GetStream();
            var greeting = await ReadAsync(near, 2);
            var methods = await ReadAsync(near, greeting[1]);
            var credentials = "nobody";
            if (methods.Contains((byte)2))
            {
                await near.WriteAsync(new byte[] { 5, 2 });
                var user = await ReadAsync(near, (await ReadAsync(near, 2))[1]);
                var password = await ReadAsync(near, (await ReadAsync(near, 1))[0]);
                credentials = $"{Encoding.UTF8.GetString(user)}:{Encoding.UTF8.GetString(password)}";
                await near.WriteAsync(new byte[] { 1, 0 });
            }
            else
            {
                await near.WriteAsync(new byte[] { 5, 0 });
            }

            var request = await ReadAsync(near, 4);
            var host = request[3] == 3
                ? "domain " + Encoding.ASCII.GetString(await ReadAsync(near, (await ReadAsync(near, 1))[0]))
                : "address " + new IPAddress(await ReadAsync(near, request[3] == 1 ? 4 : 16));
            Requests.Enqueue($"{host}:{BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(near, 2))} as {credentials}");
            await near.WriteAsync(new byte[] { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 });

            using var far = new TcpClient();
            await far.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
            await Task.WhenAny(near.CopyToAsync(far.GetStream(), _stop.Token), far.GetStream().CopyToAsync(near, _stop.Token));
        }
    }

    private async Task<byte[]> ReadAsync(NetworkStream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, _stop.Token);
        return bytes;
    }
}
