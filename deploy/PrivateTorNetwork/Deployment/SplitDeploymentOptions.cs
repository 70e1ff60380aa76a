namespace OnionBalance.Split.PrivateTorNetwork.Deployment;

/// <summary>What to deploy on a private network: one master service and so many backends.</summary>
public sealed record SplitDeploymentOptions
{
    public int Backends { get; init; } = 3;

    /// <summary>The seed of the master's permanent key, 32 bytes; random when null.</summary>
    public ReadOnlyMemory<byte>? MasterSeed { get; init; }

    /// <summary>Signers with the one key, each with a state of its own.</summary>
    public int Signers { get; init; } = 1;

    /// <summary>Collectors, each with a tor of its own, to which all agents and Signers are attached.</summary>
    public int Collectors { get; init; } = 1;

    /// <summary>Whether the instances publish descriptors of their own as well.</summary>
    public bool InstancesPublish { get; init; } = true;

    /// <summary>Introduction points of each instance.</summary>
    public int IntroductionPoints { get; init; } = 3;

    /// <summary>The Collector's grace for a broken agent stream; its default when null.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>
    /// The Signer has no network and is not run: it grants delegations, which the Collector publishes by. See <see cref="AirGap"/>.
    /// </summary>
    public bool AirGapped { get; init; }

    /// <summary>Where the daemons' executables are; when null, where deploy/publish.sh has put them.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>Put before the names of tors and folders, where one network carries several deployments.</summary>
    public string Prefix { get; init; } = "";
}

/// <summary>One Collector's machine: the daemon and the tor beside it.</summary>
/// <param name="Listen">Where agents and Signers dial it.</param>
public sealed record DeployedCollector(DaemonProcess Daemon, TorProcess Front, string Listen)
{
    /// <summary>SIGKILL to both, as when the machine loses its power.</summary>
    public Task KillAsync() => Task.WhenAll(Daemon.KillAsync(), Front.KillAsync());

    public Task StartAsync() => Task.WhenAll(Daemon.StartAsync(), Front.StartAsync());
}

/// <summary>One backend machine: its tor and web server, and the agent beside them.</summary>
public sealed record DeployedBackend(Backend Backend, DaemonProcess Agent)
{
    public string Name => Backend.Name;

    /// <summary>SIGKILL to tor and agent together, as when the machine loses its power.</summary>
    public Task KillAsync() => Task.WhenAll(Agent.KillAsync(), Backend.Tor.KillAsync());

    /// <summary>Starts both again; the order does not matter to either.</summary>
    public Task StartAsync() => Task.WhenAll(Agent.StartAsync(), Backend.Tor.StartAsync());
}
