using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Ceremony;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Delegations;
using OnionBalance.Split.Signer.Evidence;
using OnionBalance.Split.Signer.Keys.Tools;
using OnionBalance.Split.Signer.Link;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Signer.Signing;
using OnionBalance.Split.Signer.State;

namespace OnionBalance.Split.Signer;

/// <summary>onionbalance-signer: its command line, and what its host is made of.</summary>
internal static class SignerDaemon
{
    public static DaemonDefinition<SignerConfiguration> Define()
    {
        var daemon = new DaemonDefinition<SignerConfiguration>
        {
            Name = "signer",
            Description =
                """
                Holds the permanent keys of master onion services and signs their descriptors. It listens on nothing: it
                dials the Collectors, is sent the instances' own descriptors, verifies them against its list of enrolled
                instances, and signs only introduction points that it finds in them.

                A first run:
                  onionbalance-signer key generate --to /var/lib/onionbalance-split/keys/shop
                  onionbalance-signer check-config --config /etc/onionbalance-split/signer.yaml
                  onionbalance-signer run --config /etc/onionbalance-split/signer.yaml
                """,
            Binder = SignerConfigurationBinder.TryBind,
            FaultsOfFiles = configuration => NamedFiles.Faults(configuration.Tls, configuration.StateDirectory),
            BuildHost = BuildHost,
        };
        return daemon with { Verbs = [KeyCommand.Create(), CeremonyCommand.Create(), StateCommand.Create(daemon.DefaultConfigurationPath), AuditCommand.Create(daemon.DefaultConfigurationPath), DelegateCommand.Create(daemon.DefaultConfigurationPath)] };
    }

    private static IHost BuildHost(SignerConfiguration configuration)
    {
        var builder = DaemonHost.CreateBuilder();
        builder.Services.AddSingleton(configuration);
        var tls = configuration.Tls
            ?? throw new DaemonException("the configuration has neither collectors nor tls: it is for 'delegate' on a host without a network, and there is nothing to run");
        builder.Services.AddSingleton(services => MutualTlsIdentity.Load(
            tls,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger<MutualTlsIdentity>()));
        builder.Services.AddSingleton<SignerMetrics>();
        builder.Services.AddSingleton(new EvidenceStore(EvidenceStore.DefaultCapacity));
        builder.Services.AddSingleton<EvidenceGate>();
        builder.Services.AddSingleton(services => StateFolder.AuditLogIn(
            configuration.StateDirectory, [.. configuration.Services.Select(service => service.Address)], services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<SigningDesk>();
        builder.Services.AddSingleton<TokenModules>();
        builder.Services.AddSingleton<ServiceBook>();
        builder.Services.AddSingleton<CollectorLinks>();
        builder.Services.AddSingleton<SignerService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SignerService>());
        builder.Services.AddSingleton<IConfigurationReload<SignerConfiguration>>(services => services.GetRequiredService<SignerService>());
        return builder.Build();
    }
}
