using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.InstanceAgent.Running;

return await DaemonCommand.RunAsync(
    new DaemonDefinition<AgentConfiguration>
    {
        Name = "agent",
        Description =
            """
            onionbalance-agent: runs on a backend server beside its tor, watches the onion services there that stand behind a
            master address, and reports their introduction points to the Collectors the moment they change. It holds no key
            but its own TLS key, dials out, and listens on nothing.

            A configuration of the least size:

              collectors:
                - endpoint: collector.example.net:7443
              tls:
                certificate: web-1.crt
                key: web-1.key
                ca: ca.crt
              instances:
                - hidden_service_directory: /var/lib/tor/web
                  tor:
                    control: unix:/run/tor/control
            """,
        Binder = AgentConfigurationBinder.TryBind,
        FaultsOfFiles = configuration =>
        {
            InstanceAddresses.Resolve(configuration.Instances, out var problems);
            return problems.Concat(NamedFiles.Faults(configuration.Tls));
        },
        BuildHost = BuildHost,
    },
    args).ConfigureAwait(false);

static IHost BuildHost(AgentConfiguration configuration)
{
    var builder = DaemonHost.CreateBuilder();
    builder.Services.AddSingleton(services => new AgentService(
        configuration, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>()));
    builder.Services.AddHostedService(services => services.GetRequiredService<AgentService>());
    builder.Services.AddSingleton<IConfigurationReload<AgentConfiguration>>(services => services.GetRequiredService<AgentService>());
    return builder.Build();
}
