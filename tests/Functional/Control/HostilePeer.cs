using System.Net;
using System.Net.Sockets;
using System.Text;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.Tests.Functional.Control;

/// <summary>What answers at a control port and is no tor: it says its lines, whatever it is told.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    /// <summary>The answer to PROTOCOLINFO: come in.</summary>
    internal const string Open = "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n";

    internal const string Ok = "250 OK\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly StringBuilder _heard = new();
    private readonly Task _speaking;

    /// <param name="answers">One for each line heard; after the last it only listens.</param>
    public HostilePeer(params string[] answers)
    {
        _listener.Start();
        _speaking = SpeakAsync(answers);
    }

    public ControlEndpoint Endpoint
    {
        get
        {
            Assert.True(ControlEndpoint.TryParse(_listener.LocalEndpoint.ToString(), out var endpoint));
            return endpoint;
        }
    }

    public string Heard
    {
        get
        {
            lock (_heard)
                return _heard.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _speaking;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task SpeakAsync(string[] answers)
    {
        try
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var next = 0;
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                lock (_heard)
                    _heard.AppendLine(line);
                if (next < answers.Length)
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(answers[next++]), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }
}
