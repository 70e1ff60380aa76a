using Microsoft.AspNetCore.Server.Kestrel.Core;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Collector.Health;
using OnionBalance.Split.Collector.Listening;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Operations;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Collector;

/// <summary>Puts the collector together: who is there, and in which order they start.</summary>
internal static class CollectorHost
{
    /// <summary>An instance's descriptor has at most 50 000 bytes, and an envelope.</summary>
    private const int MostBytesFromAgent = 60_000;

    /// <summary>64 descriptors and their envelopes.</summary>
    private const int MostBytesFromSigner = 4 << 20;

    internal static IHost Build(CollectorConfiguration configuration)
    {
        StateDirectory.CheckOwner(configuration.StateDirectory);
        // Not the working directory, which the daemon's user may not be able to read.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.AddDaemonDefaults();
        // It would repeat every second that the collector is not ready; 'status' and the publishers say why.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddRoutingCore();
        AddState(builder.Services, configuration);
        AddRpc(builder.Services);
        AddListeners(builder.Services, configuration);
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<MetadataChannelService>();
        app.MapGrpcService<SignerLinkService>();
        app.MapGrpcService<OperatorService>();
        app.MapGrpcHealthChecksService();
        return app;
    }

    private static void AddState(IServiceCollection services, CollectorConfiguration configuration)
    {
        services.AddSingleton(new CurrentConfiguration(configuration));
        services.AddSingleton<IConfigurationReload<CollectorConfiguration>, ConfigurationReload>();
        services.AddSingleton(Random.Shared);
        services.AddSingleton<CollectorMetrics>();
        services.AddSingleton<InstanceTable>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ReportStore>(provider, configuration.StateDirectory));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PublicationStore>(provider, configuration.StateDirectory));
        services.AddSingleton<AgentSessions>();
        services.AddSingleton<ReportIntake>();
        services.AddSingleton<SignerPool>();
        services.AddSingleton(_ => new IssuedCounters(configuration.StateDirectory));
        services.AddSingleton<DelegationBook>();
        services.AddSingleton<DelegatedSigning>();
        services.AddSingleton<SigningWays>();
        services.AddSingleton<TorLink>();
        services.AddSingleton<INetworkViews>(provider => provider.GetRequiredService<TorLink>());
        services.AddSingleton<PublishingMeans>();
        services.AddSingleton<PublisherSet>();
        services.AddSingleton<StatusReport>();
        // In this order: what is on disk first, so that nobody works from an empty table.
        services.AddHostedService<ReportKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<DelegationBook>());
        services.AddHostedService(provider => provider.GetRequiredService<PublisherSet>());
        services.AddHostedService(provider => provider.GetRequiredService<TorLink>());
    }

    private static void AddListeners(IServiceCollection services, CollectorConfiguration configuration)
    {
        services.AddSingleton(provider => MutualTlsIdentity.Load(
            configuration.Tls, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MutualTlsIdentity>>()));
        services.AddSingleton<ConnectionGuard>();
        services.AddSingleton<Listeners>();
        services.AddOptions<KestrelServerOptions>().Configure<IServiceProvider>(
            (kestrel, provider) => provider.GetRequiredService<Listeners>().Configure(kestrel));
        services.AddHostedService<SocketKeeper>();
    }

    private static void AddRpc(IServiceCollection services)
    {
        // One for all calls: it holds what it has to say to once a second.
        services.AddSingleton<AccessInterceptor>();
        services.AddGrpc(options => options.Interceptors.Add<AccessInterceptor>())
            .AddServiceOptions<MetadataChannelService>(options => options.MaxReceiveMessageSize = MostBytesFromAgent)
            .AddServiceOptions<SignerLinkService>(options =>
            {
                options.MaxReceiveMessageSize = MostBytesFromSigner;
                options.MaxSendMessageSize = MostBytesFromSigner;
            });
        CollectorHealth.Add(services);
    }
}
