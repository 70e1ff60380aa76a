using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>The one way in which a key comes into a store: put there, read back as the Signer will, and compared.</summary>
internal static class NewKey
{
    /// <summary>Whether the store has room; as the store says, and where the system does not give the memory for secrets.</summary>
    public static bool TryCheckRoom(INewKeyStore store, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            return store.TryCheckRoom(out fault);
        }
        catch (InvalidOperationException exception)
        {
            fault = exception.Message;
            return false;
        }
    }

    public static bool TryCreate(INewKeyStore store, IdentitySecretKey key, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            return store.TryCheckRoom(out fault) && store.TryCreate(key, out fault) && TryReadBack(store, key, out fault);
        }
        catch (InvalidOperationException exception)
        {
            fault = exception.Message;
            return false;
        }
    }

    private static bool TryReadBack(INewKeyStore store, IdentitySecretKey key, [NotNullWhen(false)] out string? fault)
    {
        if (!store.TryOpen(out var copy, out fault))
        {
            fault = $"the key was put into {store.Description} but cannot be read back: {fault}";
            return false;
        }

        using (copy)
            fault = copy.IsSameAs(key) ? null : $"the key was put into {store.Description}, which gives back another: do not use it";
        return fault is null;
    }
}
