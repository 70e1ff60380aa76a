using System.Collections.Immutable;

namespace OnionBalance.Split.PrivateTorNetwork;

/// <summary>How a backend's tor is to be configured.</summary>
public sealed record BackendOptions
{
    /// <summary>Master addresses (with or without ".onion"), one instance for each. None: one plain onion service.</summary>
    public ImmutableArray<string> MasterAddresses { get; init; } = [];

    /// <summary>torrc PublishHidServDescriptors: whether the instance's own descriptors go to the HSDirs.</summary>
    public bool PublishDescriptors { get; init; } = true;

    /// <summary>torrc HiddenServiceNumIntroductionPoints, 3 to 20.</summary>
    public int IntroductionPoints { get; init; } = 3;

    public ImmutableArray<string> ExtraTorrc { get; init; } = [];
}

/// <summary>A backend of a private network: its tor, its web server and the addresses of its onion services.</summary>
public sealed record Backend(TorProcess Tor, BackendWebServer WebServer, ImmutableArray<string> Addresses)
{
    public string Name => Tor.Name;

    /// <summary>The first (mostly the only) address, 62 characters with ".onion".</summary>
    public string Address => Addresses[0];
}
