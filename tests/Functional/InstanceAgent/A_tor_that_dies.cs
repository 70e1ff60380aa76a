using Microsoft.Extensions.Logging;
using OnionBalance.Split.InstanceAgent;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.InstanceAgent.Reporting;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tests.Functional.Control;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.Tests.Functional.InstanceAgent;

public sealed class A_tor_that_dies : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _service = Directory.CreateTempSubdirectory("onionbalance-service-").FullName;

    /// <summary>Many times: the watcher learns of the end in several ways at once, and in any order.</summary>
    [Fact]
    public async Task Is_told_of_at_once_every_time()
    {
        for (var round = 0; round < 25; round++)
        {
            using var log = new CollectedLog();
            using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
            await using var tor = await TorUnderTest.StartAsync("--HiddenServiceDir", _service, "--HiddenServicePort", "80 127.0.0.1:9");
            var (watcher, isToldGone) = Watch(tor.UnixEndpoint, loggers);
            using var stop = new CancellationTokenSource();
            var watching = watcher.RunAsync(stop.Token);
            // Told just before it waits for news.
            await UntilAsync(() => log.Lines.Any(line => line.Contains("does not serve", StringComparison.Ordinal)), Patience, $"not watched: {string.Join('\n', log.Lines)}");

            await tor.KillAsync();
            await UntilAsync(isToldGone, TimeSpan.FromSeconds(2), $"not told of in round {round}: {string.Join('\n', log.Lines)}");

            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        }
    }

    /// <summary>The session before had ended by itself: that is no sign of a tor that is gone.</summary>
    [Fact]
    public async Task Is_told_of_though_nothing_was_connected_to_it()
    {
        using var log = new CollectedLog();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
        var tor = new HostilePeer(HostilePeer.Open, HostilePeer.Ok, "551 not now\r\n");
        var (watcher, isToldGone) = Watch(tor.Endpoint, loggers);
        using var stop = new CancellationTokenSource();
        var watching = watcher.RunAsync(stop.Token);
        await UntilAsync(() => log.Lines.Any(line => line.Contains("Lost tor", StringComparison.Ordinal)), Patience, $"no session: {string.Join('\n', log.Lines)}");
        Assert.False(isToldGone());
        await tor.DisposeAsync();
        await UntilAsync(isToldGone, TimeSpan.FromSeconds(20), $"not told of: {string.Join('\n', log.Lines)}");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    public void Dispose()
    {
        if (Directory.Exists(_service))
            Directory.Delete(_service, recursive: true);
    }

    private static (InstanceWatcher Watcher, Func<bool> IsToldGone) Watch(ControlEndpoint tor, ILoggerFactory loggers)
    {
        var address = Fresh.Address();
        var board = new ReportBoard();
        board.Configure([address]);
        var instance = new InstanceConfiguration(address, null, new TorConfiguration(tor, null));
        return (
            new InstanceWatcher(instance, board, new SteadyClock(TimeProvider.System), TimeProvider.System, loggers),
            () => board.Current.Reports[address] is InstanceReport.Lost { Reason: LossReason.TorGone });
    }

    private static async Task UntilAsync(Func<bool> isSo, TimeSpan patience, string problem)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < patience, problem);
            await Task.Delay(10);
        }
    }
}
