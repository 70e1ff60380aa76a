using System.Net.Sockets;
using System.Text;

namespace OnionBalance.Split.PrivateTorNetwork.Onion;

/// <summary>A short question-and-answer dialogue with a tor's control port: one command, one reply.</summary>
internal sealed class ControlDialogue : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;
    private readonly Queue<string> _events = [];

    private ControlDialogue(TcpClient client)
    {
        _client = client;
        _reader = new StreamReader(client.GetStream(), Encoding.Latin1);
    }

    internal static async Task<ControlDialogue> OpenAsync(TorProcess tor, CancellationToken ct)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync("127.0.0.1", tor.ControlPort, ct).ConfigureAwait(false);
            var dialogue = new ControlDialogue(client);
            var cookie = await File.ReadAllBytesAsync(tor.CookieFile, ct).ConfigureAwait(false);
            await dialogue.AskAsync($"AUTHENTICATE {Convert.ToHexString(cookie)}", ct).ConfigureAwait(false);
            return dialogue;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    internal async Task<string> InfoAsync(string key, CancellationToken ct) => await AskAsync($"GETINFO {key}", ct).ConfigureAwait(false);

    /// <summary>The reply's lines without their status; data replies come with their data.</summary>
    internal async Task<string> AskAsync(string command, CancellationToken ct)
    {
        await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(command + "\r\n"), ct).ConfigureAwait(false);
        while (true)
        {
            var (status, text) = await ReadAsync(ct).ConfigureAwait(false);
            if (status == "650")
                _events.Enqueue(text);
            else if (status[0] == '2')
                return text;
            else
                throw new IOException($"tor refused '{command.Split(' ')[0]}': {status} {text}");
        }
    }

    /// <summary>The next event that <paramref name="wanted"/> takes; earlier ones are dropped.</summary>
    internal async Task<string> EventAsync(Func<string, bool> wanted, CancellationToken ct)
    {
        while (true)
        {
            if (!_events.TryDequeue(out var text))
                (_, text) = await ReadAsync(ct).ConfigureAwait(false);
            if (wanted(text))
                return text;
        }
    }

    private async Task<(string Status, string Text)> ReadAsync(CancellationToken ct)
    {
        var text = new StringBuilder();
        while (true)
        {
            var line = await _reader.ReadLineAsync(ct).ConfigureAwait(false) ?? throw new IOException("tor closed its control connection");
            if (line.Length < 4)
                throw new IOException($"tor's control port answered '{line}'");
            text.Append(line, 4, line.Length - 4).Append('\n');
            if (line[3] == ' ')
                return (line[..3], text.ToString());
            while (line[3] == '+' && await _reader.ReadLineAsync(ct).ConfigureAwait(false) is { } data && data != ".")
                text.Append(data).Append('\n');
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }
}
