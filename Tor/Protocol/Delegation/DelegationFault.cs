namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>Why a request or a bundle of delegations is not taken.</summary>
public enum DelegationFault
{
    None,

    /// <summary>Longer than any file of this kind.</summary>
    TooLarge,

    /// <summary>The first line is not that of this kind and version of file.</summary>
    WrongKind,

    /// <summary>The last line is no checksum of the rest: damaged on the way, or not whole.</summary>
    Checksum,

    /// <summary>The checksum is right, and yet a line is not as it must be.</summary>
    Malformed,

    /// <summary>No period, too many, or one not after the other.</summary>
    Periods,

    /// <summary>A certificate is not one of the period's blinded key over a descriptor signing key.</summary>
    Certificate,

    /// <summary>Not signed by the permanent key of the service that it names.</summary>
    Signature,

    /// <summary>For another service.</summary>
    WrongService,

    /// <summary>It certifies a descriptor signing key that is not held here.</summary>
    ForeignKey,

    /// <summary>Its last certificate is over.</summary>
    Expired,
}
