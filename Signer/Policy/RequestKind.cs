namespace OnionBalance.Split.Signer.Policy;

/// <summary>What the permanent key can be asked for.</summary>
internal enum RequestKind
{
    /// <summary>Finished descriptors, over the signer link.</summary>
    Descriptors,

    /// <summary>Certificates for descriptor signing keys that the Collector holds.</summary>
    Delegations,
}
