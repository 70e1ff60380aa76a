using System.Collections.Immutable;

namespace OnionBalance.Split.PrivateTorNetwork;

/// <summary>What kind of throw-away Tor network to start.</summary>
public sealed record PrivateNetworkOptions
{
    /// <summary>Relays beside the three authorities; all of them are guards and HSDirs. 3 to 20.</summary>
    public int Relays { get; init; } = 8;

    /// <summary>One voting round. tor accepts nothing shorter than 10 s; an SRV run and a time period are 24 of them.</summary>
    public TimeSpan VotingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Consensus parameters that the authorities vote, for example hs_intro_min_lifetime and hs_intro_max_lifetime (seconds)
    /// for introduction points that turn over fast.
    /// </summary>
    public ImmutableDictionary<string, int> ConsensusParameters { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>The tor program: an absolute path, or a name that is looked up in PATH.</summary>
    public string TorProgram { get; init; } = "tor";

    /// <summary>Where the network makes its own folder; the system's temporary folder by default.</summary>
    public string? ParentFolder { get; init; }

    /// <summary>Leave the folder (logs, data directories) in place when the network is disposed.</summary>
    public bool KeepFolder { get; init; }

    /// <summary>What every tor logs and above: notice, or info or debug to follow a single circuit.</summary>
    public string LogSeverity { get; init; } = "notice";

    /// <summary>How long the start may take before it counts as failed.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(4);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Check()
    {
        if (Relays is < 3 or > 20)
            throw new PrivateNetworkException($"A private network has 3 to 20 relays, not {Relays}.");
        if (VotingInterval < TimeSpan.FromSeconds(10) || TimeSpan.FromDays(1).Ticks % VotingInterval.Ticks != 0)
            throw new PrivateNetworkException($"A voting round of {VotingInterval} is not possible: at least 10 s, and a whole number of them in a day.");
    }
}

/// <summary>One step of the start, in words, with the share of the whole that is done (0 to 1).</summary>
public readonly record struct PrivateNetworkProgress(string Message, double Share);

/// <summary>The private network could not be brought to where it should be; the message says what and where to look.</summary>
public sealed class PrivateNetworkException : Exception
{
    public PrivateNetworkException()
    {
    }

    public PrivateNetworkException(string message)
        : base(message)
    {
    }

    public PrivateNetworkException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
