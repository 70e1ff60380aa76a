using System.Net;
using System.Net.Sockets;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Passes bytes between two ends until it is frozen: then it keeps the connections and passes nothing.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TcpClient> _ends = [];
    private readonly Task _accepting;
    private volatile bool _isFrozen;

    public TcpRelay(int target)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(target);
    }

    public int Port { get; }

    public void Freeze() => _isFrozen = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_ends)
            _ends.ForEach(end => end.Dispose());
        _stop.Dispose();
    }

    private async Task AcceptAsync(int target)
    {
        while (true)
        {
            var near = await _listener.AcceptTcpClientAsync(_stop.Token);
            var far = new TcpClient();
            lock (_ends)
                _ends.AddRange([near, far]);
            await far.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
            _ = PassAsync(near, far);
            _ = PassAsync(far, near);
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is var count and > 0)
            {
                if (!_isFrozen)
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }

            // An end that gives up is not told to the other either once frozen.
            if (!_isFrozen)
                to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone; so is the passing.
        }
    }
}
