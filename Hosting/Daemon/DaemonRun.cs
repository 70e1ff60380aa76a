using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Hosting.Daemon;

/// <summary>One run of a daemon, from its configuration to its exit code.</summary>
internal sealed class DaemonRun<TOptions> : IDisposable
    where TOptions : class
{
    /// <summary>What a host may take to be disposed of when it has stopped.</summary>
    private static readonly TimeSpan DisposeBound = TimeSpan.FromSeconds(5);

    private readonly DaemonDefinition<TOptions> _daemon;
    private readonly string _path;
    private readonly IHost _host;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger;
    private readonly ServiceManager _manager;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private int _reloadsWaiting;

    private DaemonRun(DaemonDefinition<TOptions> daemon, string path, IHost host)
    {
        _daemon = daemon;
        _path = path;
        _host = host;
        _lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        _logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(daemon.Program);
        _manager = new ServiceManager(new SystemdNotifier(), host.Services.GetService<TimeProvider>() ?? TimeProvider.System, _logger);
    }

    public static async Task<int> RunAsync(DaemonDefinition<TOptions> daemon, string path, TextWriter error)
    {
        if (!DaemonCommand.TryReadConfiguration(daemon.Binder, path, error, out var options))
            return ExitCode.Usage;
        var host = daemon.BuildHost(options);
        using var run = new DaemonRun<TOptions>(daemon, path, host);
        var code = await run.RunAsync().ConfigureAwait(false);
        // Also what flushes the log.
        var disposal = host is IAsyncDisposable asynchronous ? asynchronous.DisposeAsync().AsTask() : Task.Run(host.Dispose);
        await disposal.WaitAsync(DisposeBound).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return code;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _reloading.Dispose();
    }

    private async Task<int> RunAsync()
    {
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = ReloadAsync();
        });
        try
        {
            await _host.StartAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return ExitCode.Fine;
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            // An address in use, a folder that may not be written: nothing that a stack would help with.
            return Fail(new DaemonException(exception.Message, exception));
        }
        catch (Exception exception)
        {
            return Fail(exception);
        }

        _manager.Ready();
        DaemonLog.Running(_logger, _daemon.Program, _path);
        var watching = _manager.WatchAsync(IsLive, _stop.Token);
        await WaitForStopAsync().ConfigureAwait(false);
        _manager.Stopping();
        DaemonLog.Stopping(_logger);
        await _stop.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await StopHostAsync().ConfigureAwait(false);
        return FirstFailure() is { } failure ? Fail(failure) : ExitCode.Fine;
    }

    /// <summary>The second signal of a kind is left to do what it does: a person who insists is obeyed.</summary>
    private void Stop(PosixSignalContext context)
    {
        if (_stop.IsCancellationRequested)
            return;
        context.Cancel = true;
        _stop.Cancel();
    }

    private async Task WaitForStopAsync()
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _lifetime.ApplicationStopping);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = either.Token.Register(stopped.SetResult).ConfigureAwait(false);
        await stopped.Task.ConfigureAwait(false);
    }

    private async Task StopHostAsync()
    {
        try
        {
            await _host.StopAsync().WaitAsync(DaemonHost.StopBound + DisposeBound).ConfigureAwait(false);
            if (Loops().Any(loop => loop.ExecuteTask is { IsCompleted: false }))
                DaemonLog.StoppedLate(_logger, DaemonHost.StopBound);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            DaemonLog.StoppedLate(_logger, DaemonHost.StopBound);
        }
        catch (AggregateException exception)
        {
            foreach (var inner in exception.InnerExceptions)
                DaemonLog.StoppedBadly(_logger, inner.Message);
        }
    }

    private bool IsLive() => _host.Services.GetService<IDaemonHealth>()?.IsLive ?? true;

    /// <summary>The host knows of a failed loop but keeps it to itself; here it decides the exit code.</summary>
    private Exception? FirstFailure() =>
        Loops().Select(loop => loop.ExecuteTask?.Exception?.GetBaseException()).FirstOrDefault(exception => exception is not null);

    private IEnumerable<BackgroundService> Loops() => _host.Services.GetServices<IHostedService>().OfType<BackgroundService>();

    private int Fail(Exception exception)
    {
        // Of what nobody foresaw, the stack is wanted too; it stays on the one line.
        if (exception is DaemonException)
            DaemonLog.Failed(_logger, exception.Message);
        else
            DaemonLog.Broke(_logger, exception.Message, exception);
        return ExitCode.Failure;
    }

    private async Task ReloadAsync()
    {
        // Signals that come while one is already waiting ask for nothing new.
        if (Interlocked.Exchange(ref _reloadsWaiting, 1) == 1)
            return;
        try
        {
            await _reloading.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        try
        {
            Interlocked.Exchange(ref _reloadsWaiting, 0);
            _manager.Reloading();
            Tell(await ApplyAsync().ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            DaemonLog.ReloadLeft(_logger);
        }
        catch (Exception exception)
        {
            DaemonLog.ReloadBroke(_logger, exception.Message, exception);
        }
        finally
        {
            if (!_stop.IsCancellationRequested)
                _manager.Ready();
            _reloading.Release();
        }
    }

    private async Task<ImmutableArray<string>> ApplyAsync()
    {
        if (!YamlConfiguration.TryRead<TOptions>(_path, _daemon.Binder, out var options, out var problems))
            return problems;
        var reload = _host.Services.GetService<IConfigurationReload<TOptions>>();
        return reload is null
            ? ["this daemon takes up a new configuration only when it is started anew"]
            : await reload.ApplyAsync(options, _stop.Token).ConfigureAwait(false);
    }

    private void Tell(ImmutableArray<string> problems)
    {
        foreach (var problem in problems)
            DaemonLog.ConfigurationProblem(_logger, problem);
        if (problems.IsEmpty)
            DaemonLog.Reloaded(_logger, _path);
        else
            DaemonLog.OldConfigurationKept(_logger, _path);
    }
}
