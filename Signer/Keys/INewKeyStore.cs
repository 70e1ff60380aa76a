using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>
/// A key store that a key can be put into, once, while it is empty: nothing is ever overwritten. It never throws for what an
/// operator or a device can cause. Made by <see cref="NewKey"/>, which also reads back.
/// </summary>
internal interface INewKeyStore : IIdentityKeyStore
{
    /// <summary>Whether a key could be put there now; on false why not, in one line. Changes nothing.</summary>
    bool TryCheckRoom([NotNullWhen(false)] out string? fault);

    /// <summary>Puts the key there; on false why it is not, in one line.</summary>
    bool TryCreate(IdentitySecretKey key, [NotNullWhen(false)] out string? fault);
}
