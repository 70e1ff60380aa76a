using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OnionBalance.Split.PrivateTorNetwork;

/// <summary>The smallest web server that answers every request with its backend's name, and counts.</summary>
public sealed class BackendWebServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private int _answered;

    private BackendWebServer(string name)
    {
        Name = name;
        _listener.Start(128);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _loop = AcceptAsync();
    }

    public string Name { get; }

    public int Port { get; }

    /// <summary>How many requests it has answered.</summary>
    public int Answered => Volatile.Read(ref _answered);

    public static BackendWebServer Start(string name) => new(name);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1, leaveOpen: true);
            while (await reader.ReadLineAsync(_stop.Token).ConfigureAwait(false) is { Length: > 0 })
            {
                // The request's headers; every request gets the same answer.
            }

            var body = Name + "\n";
            var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(head + body), _stop.Token).ConfigureAwait(false);
            Interlocked.Increment(ref _answered);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away.
        }
    }
}
