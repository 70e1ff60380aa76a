using System.Threading.Channels;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// Has tor look at once for another circuit, where it gave up the one that a request waited for: it gives up every circuit
/// that takes longer than four of five before it (path-spec 2.4), and looks at what waits once a second, or when another
/// request comes. So one comes, for an address that nobody has: an HSDir learns nothing from it.
/// </summary>
internal sealed class CircuitPrompt : IAsyncDisposable
{
    /// <summary>One serves all that wait, and tor gives up several circuits one soon after the other.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(150);

    private readonly ControlConnection _connection;
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _prompting;

    public CircuitPrompt(ControlConnection connection)
    {
        _connection = connection;
        _prompting = PromptAsync();
    }

    public void Want() => _wanted.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        _wanted.Writer.TryComplete();
        await _prompting.ConfigureAwait(false);
    }

    private async Task PromptAsync()
    {
        try
        {
            await foreach (var _ in _wanted.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                // Refused, it changes nothing: tor's own look comes within the second.
                await _connection.SendAsync(FetchOfNobody(), CancellationToken.None).ConfigureAwait(false);
                await Task.Delay(Pace, _connection.Time).ConfigureAwait(false);
            }
        }
        catch (ControlException)
        {
            // The requests fail by it too, and say so.
        }
    }

    private static ControlCommand FetchOfNobody()
    {
        using var key = IdentitySecretKey.Generate();
        return ControlCommand.Parse("HSFETCH").Argument(OnionAddress.From(key.PublicKey).Label);
    }
}
