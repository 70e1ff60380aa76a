using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>Clears the way for the sockets before the server binds them, and sees to their files' modes after.</summary>
internal sealed partial class SocketKeeper(
    CurrentConfiguration configuration,
    IServer server,
    IHostApplicationLifetime lifetime,
    MutualTlsIdentity identity,
    CollectorMetrics metrics,
    TimeProvider time,
    ILogger<SocketKeeper> logger) : IHostedService
{
    private IEnumerable<(string Option, string Path, UnixFileMode Mode)> UnixSocketFiles =>
    [
        .. configuration.Value.Listen.Where(endpoint => endpoint.UnixPath is not null).Select(endpoint => ("listen", endpoint.UnixPath!, UnixSockets.ForPeers)),
        ("operator_socket", configuration.Value.OperatorSocket, UnixSockets.ForOperator),
    ];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (option, path, _) in UnixSocketFiles)
            UnixSockets.CheckFolder(option, path);
        foreach (var (_, path, _) in UnixSocketFiles)
            UnixSockets.ClearStale(path);
        lifetime.ApplicationStarted.Register(OnBound);
        metrics.ObserveCertificate(() => identity.NotAfter - time.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void OnBound()
    {
        foreach (var (_, path, mode) in UnixSocketFiles)
            File.SetUnixFileMode(path, mode);
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            LogListening(address);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening on {Address}")]
    private partial void LogListening(string address);
}
