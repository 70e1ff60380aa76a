using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Kestrel with gRPC, health and mutual TLS, set up as the Collector's listener is.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MutualTlsIdentity _identity;

    private EchoServer(WebApplication app, MutualTlsIdentity identity, EchoRecord record, CollectedLog log)
    {
        _app = app;
        _identity = identity;
        Record = record;
        Log = log;
    }

    public EchoRecord Record { get; }

    /// <summary>What the server's TLS identity logged: refusals with their reasons.</summary>
    public CollectedLog Log { get; }

    public int Port { get; private set; }

    public static async Task<EchoServer> StartAsync(TlsFiles files, string? unixPath = null, TimeSpan? keepAlive = null)
    {
        var log = new CollectedLog();
        var record = new EchoRecord();
        var identity = MutualTlsIdentity.Load(files, TimeProvider.System, log);
        var expected = PeerExpectation.Client(PeerRole.Agent, PeerRole.Signer);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.KeepAlivePingDelay = keepAlive ?? TimeSpan.FromSeconds(5);
            kestrel.Limits.Http2.KeepAlivePingTimeout = keepAlive ?? TimeSpan.FromSeconds(5);
            if (unixPath is not null)
                kestrel.ListenUnixSocket(unixPath, Configure);
            else
                kestrel.Listen(IPAddress.Loopback, 0, Configure);
        });
        builder.Services.AddSingleton(record);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        // Without a check there is no health to tell of.
        builder.Services.AddGrpcHealthChecks().AddCheck("live", () => HealthCheckResult.Healthy());
        builder.Logging.AddProvider(log).AddFilter("Microsoft.AspNetCore.Server.Kestrel.Https", LogLevel.Debug);
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        app.MapGrpcHealthChecksService();
        var server = new EchoServer(app, identity, record, log);
        await app.StartAsync();
        server.Port = unixPath is null ? new Uri(app.Urls.Single()).Port : 0;
        return server;

        void Configure(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = context => ValueTask.FromResult(
                    identity.CreateServerOptions(expected, context.Connection.RemoteEndPoint?.ToString() ?? "on the socket")),
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
        _identity.Dispose();
    }
}
