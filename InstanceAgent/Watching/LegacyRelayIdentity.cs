using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>
/// LSTYPE 02 of tor-spec 5.1.2: the relay's RSA fingerprint, which is how circuit events name relays.
/// </summary>
internal static class LegacyRelayIdentity
{
    private const byte LegacyIdentity = 2;

    /// <summary>40 upper-case hex digits; null where the point does not name it (tor's always do).</summary>
    public static string? Of(IntroductionPoint point)
    {
        ReadOnlySpan<byte> rest = point.LinkSpecifiers.AsSpan()[1..];
        while (rest.Length >= 2)
        {
            ReadOnlySpan<byte> body = rest.Slice(2, rest[1]);
            if (rest[0] == LegacyIdentity)
                return Convert.ToHexString(body);
            rest = rest[(2 + body.Length)..];
        }

        return null;
    }
}
