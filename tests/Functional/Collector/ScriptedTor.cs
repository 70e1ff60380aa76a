using System.Globalization;
using System.Net.Sockets;
using System.Text;
using OnionBalance.Split.Tests.Unit.TorDirectory;

namespace OnionBalance.Split.Tests.Functional.Collector;

/// <summary>
/// A control port with a consensus of this hour and nothing behind it: what a collector needs to verify reports. A tor has
/// none without a network; see tests/Integration for real ones.
/// </summary>
internal sealed class ScriptedTor : IAsyncDisposable
{
    private const string Greeting = "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _consensus;
    private readonly string _microdescriptors;
    private readonly Task _accepting;

    public ScriptedTor(string socket, DateTimeOffset now)
    {
        var (consensus, microdescriptors) = ConsensusText.Make(relays: 12, seed: 1);
        var hour = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 3600 * 3600);
        _consensus = Encoding.ASCII.GetString(consensus)
            .Replace("2026-11-23 04:00:00", Stamp(hour), StringComparison.Ordinal)
            .Replace("2026-11-23 05:00:00", Stamp(hour.AddHours(1)), StringComparison.Ordinal)
            .Replace("2026-11-23 07:00:00", Stamp(hour.AddHours(3)), StringComparison.Ordinal);
        _microdescriptors = Encoding.ASCII.GetString(microdescriptors);
        _listener.Bind(new UnixDomainSocketEndPoint(socket));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true)
                talks.Add(TalkAsync(await _listener.AcceptAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
                await stream.WriteAsync(Encoding.Latin1.GetBytes(Answer(line)), _stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }

    private string Answer(string line) => line switch
    {
        _ when line.StartsWith("PROTOCOLINFO", StringComparison.Ordinal) => Greeting,
        "GETINFO dir/status-vote/current/consensus-microdesc" => Block("dir/status-vote/current/consensus-microdesc", _consensus),
        "GETINFO md/all" => Block("md/all", _microdescriptors),
        _ => "250 OK\r\n",
    };

    private static string Block(string key, string text) => $"250+{key}=\r\n{text.Replace("\n", "\r\n", StringComparison.Ordinal)}.\r\n250 OK\r\n";

    private static string Stamp(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
