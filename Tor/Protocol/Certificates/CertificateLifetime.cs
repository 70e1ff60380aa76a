namespace OnionBalance.Split.Tor.Protocol.Certificates;

/// <summary>
/// EXPIRATION_DATE (cert-spec 2.1, hours since the epoch) as C tor chooses it for onion services. The habit is
/// visible to HSDirs and clients, so it is kept to the hour.
/// </summary>
public static class CertificateLifetime
{
    /// <summary>54: 48 for the descriptor's own life and 6 for late consensuses.</summary>
    public const uint Hours = 54;

    /// <summary>
    /// Of the type-08 certificate, which C tor makes anew before every upload: now and 54 hours, rounded up. Other
    /// <paramref name="hours"/> can be told from C tor's.
    /// </summary>
    public static uint OfDescriptorSigning(DateTimeOffset now, uint hours = Hours)
    {
        var seconds = now.ToUnixTimeSeconds();
        return checked((uint)((seconds + 3599) / 3600) + hours);
    }

    /// <summary>Of the introduction points' certificates: C tor counts from the start of the current hour.</summary>
    public static uint OfIntroductionPoint(DateTimeOffset now) => checked((uint)(now.ToUnixTimeSeconds() / 3600)) + Hours;
}
