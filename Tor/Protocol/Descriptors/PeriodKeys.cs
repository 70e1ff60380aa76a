using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// What C tor keeps for as long as a descriptor lives, so that its uploads look alike: KS_hs_desc_sign, and the middle
/// layer's ephemeral key and fake clients, which are in memory only: a restart makes new ones, as tor's does.
/// </summary>
public sealed class PeriodKeys(DescriptorSigningKey signingKey) : IDisposable
{
    /// <summary>KS_hs_desc_sign; disposed with this.</summary>
    public DescriptorSigningKey SigningKey { get; } = signingKey;

    public MiddleLayerPlan Middle { get; } = MiddleLayerPlan.ForEverybody();

    public void Dispose()
    {
        SigningKey.Dispose();
        Middle.Dispose();
    }
}
