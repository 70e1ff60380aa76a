using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// Keeps a session with one tor going for as long as the daemon runs. A tor that restarts is an ordinary event: connect
/// again, and let the session subscribe and read anew.
/// </summary>
public sealed partial class TorSupervisor(
    ControlEndpoint endpoint,
    ControlPassword? password,
    ControlLimits limits,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>A lasting problem is logged again this often.</summary>
    private static readonly TimeSpan RepeatLog = TimeSpan.FromMinutes(5);

    /// <summary>Told why, each time that tor cannot be reached.</summary>
    public Action<string>? Unreached { get; init; }

    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Runs <paramref name="session"/> on one connection after the other until <paramref name="cancellationToken"/> is
    /// cancelled; one that returns is started again. Its own token is cancelled as soon as its connection ends. What it throws beside
    /// <see cref="ControlException"/> and that cancellation is a fault of the program, and comes out here.
    /// </summary>
    public async Task RunAsync(Func<ControlConnection, CancellationToken, Task> session, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstDelay, MaxDelay, Random.Shared);
        var report = new RepeatedReport(time, RepeatLog);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var connection = await ControlConnection.ConnectAsync(endpoint, password, limits, time, cancellationToken).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                LogConnected(endpoint, connection.TorVersion);
                report.Clear();
                var since = time.GetTimestamp();
                var fault = await RunSessionAsync(connection, session, cancellationToken).ConfigureAwait(false);
                // A connection that breaks at once each time must not turn this into a tight loop.
                if (time.GetElapsedTime(since) > MaxDelay)
                    backoff.Reset();
                LogLost(endpoint, fault.Message);
            }
            catch (ControlException e)
            {
                Unreached?.Invoke(e.Message);
                if (report.IsDue(e.Message))
                    LogCannotConnect(e.Message);
            }

            await Task.Delay(backoff.Next(), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Returns why the session ended.</summary>
    private static async Task<ControlException> RunSessionAsync(
        ControlConnection connection,
        Func<ControlConnection, CancellationToken, Task> session,
        CancellationToken cancellationToken)
    {
        using var alive = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var closing = CancelWhenClosedAsync(connection, alive);
        try
        {
            await session(connection, alive.Token).ConfigureAwait(false);
            return new ControlException(ControlFault.ConnectionLost, "the session ended");
        }
        catch (ControlException e)
        {
            return connection.Fault ?? e;
        }
        catch (Exception e) when (IsEndOf(connection, e) && !cancellationToken.IsCancellationRequested)
        {
            return connection.Fault!;
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            await closing.ConfigureAwait(false);
        }
    }

    /// <summary>The two ways, beside <see cref="ControlException"/>, in which a waiting session learns of the end.</summary>
    private static bool IsEndOf(ControlConnection connection, Exception e) =>
        connection.Fault is not null && e is (OperationCanceledException or ChannelClosedException { InnerException: ControlException });

    private static async Task CancelWhenClosedAsync(ControlConnection connection, CancellationTokenSource alive)
    {
        await connection.Closed.ConfigureAwait(false);
        await alive.CancelAsync().ConfigureAwait(false);
    }
}
