using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>
/// Where a permanent key (KS_hs_id) is kept. It is opened for one request and wiped by the caller after it; a store
/// keeps no copy in memory. A store never throws for what an operator or a device can cause: it gives the reason.
/// </summary>
internal interface IIdentityKeyStore : IDisposable
{
    /// <summary>Names the store in logs: a path or a token, never a secret.</summary>
    string Description { get; }

    /// <summary>
    /// Whether what holds the key can be pulled and put back: a Signer then starts without it, and signs once it is there.
    /// </summary>
    bool MayBeAway => false;

    /// <summary>The key, for the caller to dispose; or, on false, in one line why there is none now.</summary>
    bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault);

    /// <summary>Wipes what a store holds between uses; most hold nothing.</summary>
    void IDisposable.Dispose()
    {
    }
}
