using OnionBalance.Split.Collector;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Collector.Operations;
using OnionBalance.Split.Hosting;

const string Name = "collector";

return await DaemonCommand.RunAsync(
    new DaemonDefinition<CollectorConfiguration>
    {
        Name = Name,
        Description = """
            The collector of OnionBalance.Split: takes the backends' descriptors from their agents, decides when and what to
            publish, has a signer sign it, and uploads it through its tor. It is the only one that listens; it holds no key
            of the onion service, but for the descriptor signing keys of delegations where they are used.

              onionbalance-collector check-config --config collector.yaml
              onionbalance-collector run --config collector.yaml
              onionbalance-collector status --config collector.yaml
            """,
        Binder = CollectorBinder.TryBind,
        FaultsOfFiles = configuration => NamedFiles.Faults(configuration.Tls, configuration.StateDirectory),
        BuildHost = CollectorHost.Build,
        Verbs = [StatusCommand.Create($"/etc/onionbalance-split/{Name}.yaml"), DelegationCommand.Create($"/etc/onionbalance-split/{Name}.yaml")],
    },
    args);
