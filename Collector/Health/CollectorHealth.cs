using Microsoft.Extensions.Diagnostics.HealthChecks;
using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Operations;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Collector.Health;

/// <summary>
/// Live: the loops run. Ready: tor is connected and has a consensus, and every service is published or can be. The one
/// asks for a restart when it is false, the other only for a person. Delegations: none ends within seven days; a sign of its
/// own, since the service is well until then.
/// </summary>
internal sealed class CollectorHealth(
    PublisherSet publishers, TorLink tor, StatusReport report, DelegationBook delegations, TimeProvider time) : IDaemonHealth
{
    internal const string Live = "live";
    internal const string Ready = "ready";
    internal const string Delegations = "delegations";

    /// <summary>Each publisher looks around at least once a minute, and may then wait for a Signer.</summary>
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(3);

    public bool IsLive => publishers.Snapshot.All(publisher => time.GetUtcNow() - publisher.LastStep < Stuck);

    internal bool IsReady =>
        tor.State is { IsConnected: true, View: not null }
        && publishers.Snapshot.All(publisher => report.HealthOf(publisher).State != ServiceState.Broken);

    internal bool DelegationsEndSoon => delegations.AnyEndsSoon;

    internal static void Add(IServiceCollection services)
    {
        services.AddSingleton<CollectorHealth>();
        services.AddSingleton<IDaemonHealth>(provider => provider.GetRequiredService<CollectorHealth>());
        services.AddGrpcHealthChecks(options =>
        {
            options.Services.Map("", check => check.Name == Ready);
            options.Services.Map(Live, check => check.Name == Live);
            options.Services.Map(Ready, check => check.Name == Ready);
            options.Services.Map(Delegations, check => check.Name == Delegations);
        });
        services.AddHealthChecks()
            .Add(Check(Live, health => health.IsLive))
            .Add(Check(Ready, health => health.IsReady))
            .Add(Check(Delegations, health => !health.DelegationsEndSoon));
        services.Configure<HealthCheckPublisherOptions>(options =>
        {
            options.Delay = TimeSpan.Zero;
            options.Period = TimeSpan.FromSeconds(1);
        });
    }

    private static HealthCheckRegistration Check(string name, Func<CollectorHealth, bool> isFine) => new(
        name,
        provider => new Probe(() => isFine(provider.GetRequiredService<CollectorHealth>())),
        HealthStatus.Unhealthy,
        tags: null);

    private sealed class Probe(Func<bool> isFine) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(isFine() ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
    }
}
