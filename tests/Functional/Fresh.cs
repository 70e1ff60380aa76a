using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional;

/// <summary>What no other test has.</summary>
internal static class Fresh
{
    /// <summary>Its key is thrown away.</summary>
    public static OnionAddress Address()
    {
        using var key = IdentitySecretKey.Generate();
        return OnionAddress.From(key.PublicKey);
    }
}
