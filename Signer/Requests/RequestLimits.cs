namespace OnionBalance.Split.Signer.Requests;

/// <summary>What one request may hold. Both ways a message then fits gRPC's 4 MiB.</summary>
internal static class RequestLimits
{
    /// <summary>Requests a Collector may have open on its stream.</summary>
    public const int OpenRequests = 8;

    /// <summary>Each instance may show a descriptor of two periods.</summary>
    public const int Evidence = 128;

    /// <summary>One per HSDir at most: two replicas of four on today's network.</summary>
    public const int Selections = 32;

    /// <summary>Clients refuse a descriptor with more (HS_CONFIG_V3_MAX_INTRO_POINTS).</summary>
    public const int PointsPerSelection = 20;

    public const int CopiesPerSelection = 16;

    /// <summary>64 of 50 000 bytes stay below 4 MiB.</summary>
    public const int CopiesPerRequest = 64;

    /// <summary>Bytes by which a run of a Collector is known.</summary>
    public const int CollectorRun = 16;

    /// <summary>HSV3MaxDescriptorSize.</summary>
    public const int EvidenceText = 50_000;
}
