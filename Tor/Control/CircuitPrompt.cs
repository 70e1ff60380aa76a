using System.Security.Cryptography;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// Has tor look at once for another circuit, where it gave up the one that a request waited for: it gives up every circuit
/// that takes longer than four of five before it (path-spec 2.4), and looks at what waits once a second, or when another
/// request comes. So one comes, for an address that nobody has: the HSDirs that tor asks for it learn nothing.
/// </summary>
internal sealed class CircuitPrompt : IAsyncDisposable
{
    /// <summary>
    /// After the last request that began: tor asks up to six HSDirs for what nobody has, one after the other, and gives up those
    /// circuits too.
    /// </summary>
    private const int Most = 4;

    /// <summary>One serves all that wait, and tor gives up several circuits one soon after the other.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(150);

    private readonly ControlConnection _connection;
    private readonly EventSubscription _subscription;
    private readonly string _purpose;
    private readonly Func<bool> _isNeeded;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _prompting;
    private int _left;

    private CircuitPrompt(ControlConnection connection, EventSubscription subscription, string purpose, Func<bool> isNeeded)
    {
        _connection = connection;
        _subscription = subscription;
        _purpose = purpose;
        _isNeeded = isNeeded;
        _prompting = PromptAsync();
    }

    /// <param name="purpose">Of the circuits whose loss counts, as <see cref="CircuitEvent.GivenUpPurpose"/> has it.</param>
    /// <param name="isNeeded">Whether something waits for such a circuit.</param>
    public static async Task<CircuitPrompt> CreateAsync(
        ControlConnection connection, string purpose, Func<bool> isNeeded, CancellationToken cancellationToken) =>
        new(connection, await connection.SubscribeAsync([CircuitEvent.MinorKeyword], cancellationToken).ConfigureAwait(false), purpose, isNeeded);

    /// <summary>A request begins that may lose its circuit.</summary>
    public void Expect() => Volatile.Write(ref _left, Most);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _prompting.ConfigureAwait(false);
        await _subscription.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task PromptAsync()
    {
        try
        {
            while (await _subscription.Events.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                var isGivenUp = false;
                while (_subscription.Events.TryRead(out var message))
                    isGivenUp |= CircuitEvent.TryParse(message, out var circuit) && circuit.GivenUpPurpose == _purpose;
                if (!isGivenUp || !_isNeeded() || Interlocked.Decrement(ref _left) < 0)
                    continue;
                await AskAsync().ConfigureAwait(false);
                await Task.Delay(Pace, _connection.Time, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is ControlException or OperationCanceledException)
        {
            // What waits ends with the connection too, and says so.
        }
    }

    /// <summary>Refused, or answered with nonsense, it changes nothing: tor's own look comes within the second.</summary>
    private async Task AskAsync()
    {
        try
        {
            await _connection.SendAsync(FetchOfNobody(), _stop.Token).ConfigureAwait(false);
        }
        catch (ControlException) when (_connection.Fault is null)
        {
        }
    }

    private static ControlCommand FetchOfNobody()
    {
        // One encoding in sixteen is a key of prime order.
        Span<byte> bytes = stackalloc byte[32];
        IdentityPublicKey key;
        do
        {
            RandomNumberGenerator.Fill(bytes);
        }
        while (!IdentityPublicKey.TryCreate(bytes, out key));
        return ControlCommand.Parse("HSFETCH").Argument(OnionAddress.From(key).Label);
    }
}
