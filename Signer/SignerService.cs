using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Link;
using OnionBalance.Split.Signer.Signing;
using OnionBalance.Split.Signer.State;

namespace OnionBalance.Split.Signer;

/// <summary>The daemon's life: take the state folder, check the keys, then keep the links up until it is told to stop.</summary>
internal sealed partial class SignerService(
    SignerConfiguration configuration,
    ServiceBook services,
    CollectorLinks links,
    TimeProvider time,
    ILogger<SignerService> logger) : BackgroundService, IConfigurationReload<SignerConfiguration>
{
    private StateFolder? _folder;
    private SignerConfiguration _current = configuration;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        ProcessHardening.Apply(logger);
        var problems = services.Apply(_current, TakeState);
        return problems.IsEmpty ? base.StartAsync(cancellationToken) : throw new DaemonException(string.Join("; ", problems));
    }

    public async ValueTask<ImmutableArray<string>> ApplyAsync(SignerConfiguration options, CancellationToken cancellation)
    {
        var problems = Fixed(options);
        if (problems.IsEmpty)
            problems = services.Apply(options);
        if (!problems.IsEmpty)
            return problems;
        _current = options;
        await links.SetAsync(options).ConfigureAwait(false);
        return [];
    }

    public override void Dispose()
    {
        _folder?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await links.SetAsync(_current).ConfigureAwait(false);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await links.StopAsync().ConfigureAwait(false);
    }

    /// <summary>Only once the keys fit: a first start that fails over a wrong address must leave no state for it.</summary>
    private void TakeState()
    {
        var addresses = _current.Services.Select(service => service.Address).ToArray();
        if (!StateFolder.TryOpen(_current.StateDirectory, addresses, time.GetUtcNow(), out _folder, out var fault))
            throw new DaemonException(fault);
        if (_folder.IsFirstStart)
            LogFirstStart(logger, _folder.Path, Counted.Of(_current.Services.Length, "service"));
    }

    /// <summary>What a running Signer cannot change.</summary>
    private ImmutableArray<string> Fixed(SignerConfiguration wanted)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        if (wanted.StateDirectory != _current.StateDirectory)
            problems.Add("state_directory: is changed only by a restart");
        if (wanted.Tls != _current.Tls)
            problems.Add("tls: other paths are taken only by a restart; new certificates in the old files are taken at once");
        return problems.ToImmutable();
    }

    [LoggerMessage(EventName = "FirstStart", Level = LogLevel.Warning, Message =
        "First start on {Folder}: made an empty state for {Services}. If this Signer has signed before, stop it and restore its state directory.")]
    private static partial void LogFirstStart(ILogger logger, string folder, string services);
}
