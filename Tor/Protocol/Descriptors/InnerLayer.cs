using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>[HS-DESC-SECOND-LAYER] rend-spec-v3 2.5.2.2: what only clients of the service read.</summary>
public sealed record InnerLayer
{
    /// <summary>ntor, without which no client can connect.</summary>
    internal const ushort NtorHandshake = 2;

    /// <summary>"create2-formats": tor writes "2".</summary>
    public ImmutableArray<ushort> Create2Formats { get; init; } = [NtorHandshake];

    /// <summary>"intro-auth-required"; empty when the line is missing, which is what tor leaves it at.</summary>
    public ImmutableArray<string> IntroAuthRequired { get; init; } = [];

    /// <summary>"single-onion-service": the service is not anonymous and says so.</summary>
    public bool SingleOnionService { get; init; }

    /// <summary>"flow-control"; null where it is missing.</summary>
    public FlowControl? FlowControl { get; init; }

    /// <summary>"pow-params v1"; null where it is missing. Never to be copied into another service's descriptor.</summary>
    public PowParameters? PowParameters { get; init; }

    /// <summary>Lines before the first introduction point that are not known here, whole and in order.</summary>
    public ImmutableArray<string> OtherLines { get; init; } = [];

    /// <summary>In the order of the text; clients pick among them at random.</summary>
    public ImmutableArray<IntroductionPoint> IntroductionPoints { get; init; } = [];
}
