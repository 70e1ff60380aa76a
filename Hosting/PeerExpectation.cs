using System.Collections.Immutable;

namespace OnionBalance.Split.Hosting;

/// <summary>Who may be at the other end of a connection.</summary>
public sealed record PeerExpectation
{
    private PeerExpectation(bool isServer, ImmutableArray<PeerRole> roles, string? name)
    {
        IsServer = isServer;
        Roles = roles;
        Name = name;
    }

    /// <summary>Whether the other end is the one that was dialed.</summary>
    public bool IsServer { get; }

    public ImmutableArray<PeerRole> Roles { get; }

    /// <summary>The name it must bear, or null for any.</summary>
    public string? Name { get; }

    /// <summary>A server of that role and, when given, that very name.</summary>
    public static PeerExpectation Server(PeerRole role, string? name = null) => new(true, [role], name);

    /// <summary>Any client of one of the roles.</summary>
    public static PeerExpectation Client(params PeerRole[] roles)
    {
        ArgumentOutOfRangeException.ThrowIfZero(roles.Length);
        return new PeerExpectation(false, [.. roles], null);
    }

    /// <summary>The fault of a proven identity, or null.</summary>
    internal string? FaultOf(PeerIdentity peer)
    {
        if (!Roles.Contains(peer.Role))
            return $"its certificate is for {peer}, and {string.Join(" or ", Roles.Select(role => role.ToString().ToLowerInvariant()))} is wanted here";
        return Name is not null && Name != peer.Name
            ? $"its certificate is for {peer}, and the name {Name} is wanted here"
            : null;
    }
}
