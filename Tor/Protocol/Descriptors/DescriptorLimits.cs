namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>What HSDirs and clients accept.</summary>
/// <param name="MaximumLength">
/// HSV3MaxDescriptorSize (dir-spec). tor refuses a descriptor of exactly this length too, and so does the reader.
/// </param>
public sealed record DescriptorLimits(int MaximumLength)
{
    /// <summary>Clients refuse a descriptor with more introduction points as a whole (HS_CONFIG_V3_MAX_INTRO_POINTS).</summary>
    public const int MaximumIntroductionPoints = 20;

    /// <summary>Where the consensus does not set HSV3MaxDescriptorSize.</summary>
    public static DescriptorLimits Default { get; } = new(50_000);
}
