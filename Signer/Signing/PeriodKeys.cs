using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// What C tor keeps for as long as a descriptor lives, so that its uploads look alike: KS_hs_desc_sign, and the middle
/// layer's ephemeral key and fake clients. In memory only: a restart makes new ones, as tor's does.
/// </summary>
internal sealed class PeriodKeys : IDisposable
{
    /// <summary>KS_hs_desc_sign.</summary>
    public DescriptorSigningKey SigningKey { get; } = DescriptorSigningKey.Generate();

    public MiddleLayerPlan Middle { get; } = MiddleLayerPlan.ForEverybody();

    public void Dispose()
    {
        SigningKey.Dispose();
        Middle.Dispose();
    }
}
