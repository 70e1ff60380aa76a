namespace OnionBalance.Split.Signer.Policy;

/// <summary>A time period as seen from the Signer's own clock, in the order of <see cref="SigningMoment.Window"/>.</summary>
internal enum PeriodPlace
{
    Previous,
    Current,
    Next,
}
