using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.Tests.Functional.Control;

public sealed class TorSupervisorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task After_kill_and_restart_the_session_subscribes_and_reads_again()
    {
        await using var tor = await TorUnderTest.StartAsync("--CookieAuthentication", "1");
        var pids = Channel.CreateUnbounded<string>();
        using var stop = new CancellationTokenSource();
        var running = Supervisor(tor.UnixEndpoint).RunAsync(SessionAsync, stop.Token);
        using var patience = new CancellationTokenSource(Patience * 3);
        var seen = new HashSet<string> { await pids.Reader.ReadAsync(patience.Token) };
        for (var i = 0; i < 3; i++)
        {
            await tor.KillAsync();
            await tor.StartAgainAsync();
            var since = Stopwatch.GetTimestamp();
            Assert.True(seen.Add(await pids.Reader.ReadAsync(patience.Token)));
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        async Task SessionAsync(ControlConnection connection, CancellationToken cancellationToken)
        {
            await using var subscription = await connection.SubscribeAsync(["CIRC"], cancellationToken);
            await pids.Writer.WriteAsync(await connection.GetInfoAsync("process/pid", cancellationToken), cancellationToken);
            await foreach (var _ in subscription.Events.ReadAllAsync(cancellationToken))
            {
            }
        }
    }

    [Fact]
    public async Task A_session_that_waits_for_something_else_is_cancelled_with_its_connection()
    {
        await using var tor = await TorUnderTest.StartAsync();
        var began = Channel.CreateUnbounded<bool>();
        var ended = Channel.CreateUnbounded<bool>();
        using var stop = new CancellationTokenSource();
        var running = Supervisor(tor.UnixEndpoint).RunAsync(SessionAsync, stop.Token);
        using var patience = new CancellationTokenSource(Patience);
        await began.Reader.ReadAsync(patience.Token);
        await tor.KillAsync();
        await ended.Reader.ReadAsync(patience.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        async Task SessionAsync(ControlConnection connection, CancellationToken cancellationToken)
        {
            await began.Writer.WriteAsync(true, CancellationToken.None);
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                await ended.Writer.WriteAsync(true, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task A_fault_of_the_session_itself_comes_out()
    {
        await using var tor = await TorUnderTest.StartAsync();
        await Assert.ThrowsAsync<FormatException>(
            () => Supervisor(tor.UnixEndpoint).RunAsync((_, _) => throw new FormatException(), CancellationToken.None));
    }

    private static TorSupervisor Supervisor(ControlEndpoint endpoint) =>
        new(endpoint, null, ControlLimits.Default, TimeProvider.System, NullLogger.Instance);
}
