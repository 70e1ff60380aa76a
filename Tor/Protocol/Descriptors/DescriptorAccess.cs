using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>As whom a descriptor is opened: as anybody, as an authorized client, or as the service that built it.</summary>
internal readonly record struct DescriptorAccess(X25519SecretKey? Client, MiddleLayerPlan? Plan)
{
    internal bool IsForEverybody => Client is null && Plan is null;

    /// <summary>The descriptor cookie; false where there is none to be had.</summary>
    internal bool TryGetCookie(MiddleLayer middle, Subcredential subcredential, Span<byte> cookie)
    {
        if (Plan is null)
            return Client is not null && ClientAuthorization.TryFindCookie(middle, Client, subcredential, cookie);
        var known = Plan.Cookie.TryCopyTo(cookie) && !Plan.Cookie.IsEmpty;
        GC.KeepAlive(Plan);
        return known;
    }
}
