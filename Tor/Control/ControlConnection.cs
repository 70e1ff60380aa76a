using System.Text;
using OnionBalance.Split.Tor.Control.Authentication;
using OnionBalance.Split.Tor.Control.Wire;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// An authenticated connection to a tor's control port. Safe for use by several callers at once. After it has ended it
/// stays ended: <see cref="TorSupervisor"/> makes the next one.
/// </summary>
public sealed class ControlConnection : IAsyncDisposable
{
    private readonly ControlWire _wire;
    private readonly ControlLimits _limits;
    private readonly TimeProvider _time;
    private readonly EventSubscriptions _subscriptions;

    private ControlConnection(Stream stream, ControlEndpoint endpoint, ControlLimits limits, TimeProvider time)
    {
        Endpoint = endpoint;
        _limits = limits;
        _time = time;
        _subscriptions = new EventSubscriptions(SendAsync, limits.EventQueueLength);
        _wire = new ControlWire(stream, limits, _subscriptions.Offer);
        Closed = EndAsync();
    }

    public ControlEndpoint Endpoint { get; }

    /// <summary>As tor says, such as "0.4.9.11".</summary>
    public string TorVersion { get; private set; } = "unknown";

    /// <summary>Completes when the connection has ended, for whatever reason; never fails.</summary>
    public Task Closed { get; }

    /// <summary>Why the connection ended; null while it lives.</summary>
    public ControlException? Fault => _wire.Fault;

    internal TimeProvider Time => _time;

    internal ControlLimits Limits => _limits;

    /// <exception cref="ControlException">With a message that says what to do about it.</exception>
    public static async Task<ControlConnection> ConnectAsync(
        ControlEndpoint endpoint,
        ControlPassword? password,
        ControlLimits limits,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limits.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var stream = await ControlSocket.OpenAsync(endpoint, either.Token).ConfigureAwait(false);
            var connection = new ControlConnection(stream, endpoint, limits, time);
            try
            {
                connection.TorVersion = await new ControlAuthenticator(connection.SendAsync, password)
                    .AuthenticateAsync(either.Token).ConfigureAwait(false);
                return connection;
            }
            catch
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ControlException(ControlFault.TimedOut, $"tor's control port at {endpoint} did not answer within {limits.ConnectTimeout.TotalSeconds:0.#} s", e);
        }
        catch (ControlException e)
        {
            throw new ControlException(e.Fault, $"{endpoint}: {e.Message}", e);
        }
    }

    /// <summary>
    /// Sends a command; an error code is a value. Cancelled, the call ends at once and the connection stays usable. A tor
    /// that does not answer in time is given up: the connection closes.
    /// </summary>
    public Task<ControlReply> SendAsync(ControlCommand command, CancellationToken cancellationToken) =>
        SendAsync(command, _limits.MaxReplyBytes, cancellationToken);

    /// <inheritdoc cref="SendAsync(ControlCommand, CancellationToken)"/>
    /// <param name="line">A whole command fixed in the program; what comes from elsewhere is a <see cref="ControlCommand.Argument(string)"/>.</param>
    public Task<ControlReply> SendAsync(string line, CancellationToken cancellationToken) =>
        SendAsync(ControlCommand.Parse(line), cancellationToken);

    /// <inheritdoc cref="SendAsync(ControlCommand, CancellationToken)"/>
    public async Task<ControlReply> SendAsync(ControlCommand command, int maxReplyBytes, CancellationToken cancellationToken)
    {
        var exchange = _wire.ExchangeAsync(command, maxReplyBytes, cancellationToken);
        try
        {
            return await exchange.WaitAsync(_limits.ReplyTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            var fault = new ControlException(
                ControlFault.TimedOut,
                $"tor did not answer {command.Name} within {_limits.ReplyTimeout.TotalSeconds:0.#} s",
                e);
            _wire.Close(fault);
            throw fault;
        }
    }

    /// <summary>GETINFO of one key, as text (Latin-1).</summary>
    public async Task<string> GetInfoAsync(string key, CancellationToken cancellationToken) =>
        Encoding.Latin1.GetString((await GetInfoAsync(key, _limits.MaxReplyBytes, cancellationToken).ConfigureAwait(false)).Span).TrimEnd('\n');

    /// <summary>GETINFO of one key; a long value's lines each end in LF, the last one too.</summary>
    /// <exception cref="ControlException">Refused, with tor's words, where tor does not know the key or has no value.</exception>
    public async Task<ReadOnlyMemory<byte>> GetInfoAsync(string key, int maxReplyBytes, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(GetInfo.Command(key), maxReplyBytes, cancellationToken).ConfigureAwait(false);
        if (!reply.IsOk)
            throw ControlException.Refused("GETINFO", reply);
        if (!GetInfo.TryRead(reply, key, out var value))
            throw new ControlException(ControlFault.Refused, $"tor answered GETINFO without the key it was asked for");
        return value;
    }

    /// <summary>From here on, events of these keywords go to the new subscription, beside those of all others.</summary>
    public Task<EventSubscription> SubscribeAsync(IEnumerable<string> keywords, CancellationToken cancellationToken) =>
        _subscriptions.AddAsync(keywords, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync().ConfigureAwait(false);
        await Closed.ConfigureAwait(false);
    }

    private async Task EndAsync()
    {
        await _wire.Closed.ConfigureAwait(false);
        _subscriptions.End(_wire.Fault!);
    }
}
