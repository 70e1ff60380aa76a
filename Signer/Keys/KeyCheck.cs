using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Whether a store holds the key of a service: asked at start, and of a configuration before it is taken up.</summary>
internal static class KeyCheck
{
    /// <summary>What is wrong, in one line; null when the key is there and is that service's.</summary>
    public static string? Fault(IIdentityKeyStore store, OnionAddress service) => Fault(store, service, out _);

    /// <param name="store">To look into.</param>
    /// <param name="service">Whose key it should hold.</param>
    /// <param name="isAway">The fault may pass by itself: it is a token's, which may be put back.</param>
    public static string? Fault(IIdentityKeyStore store, OnionAddress service, out bool isAway)
    {
        (var fault, isAway) = StackWiping.Run(() => (FaultIn(store, service, out var away), away));
        return fault;
    }

    private static string? FaultIn(IIdentityKeyStore store, OnionAddress service, out bool isAway)
    {
        isAway = false;
        if (!store.TryOpen(out var key, out var fault))
        {
            isAway = store.MayBeAway;
            return fault;
        }

        using (key)
        {
            return key.PublicKey == service.PublicKey
                ? null
                : $"{store.Description} holds the key of {OnionAddress.From(key.PublicKey)}, not of {service}: correct its address or key";
        }
    }
}
