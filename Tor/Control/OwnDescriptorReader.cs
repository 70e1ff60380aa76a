using OnionBalance.Split.Tor.Control.Wire;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// Reads the current ("first") descriptor of a service that this tor hosts. tor encrypts it anew at every call, so equal
/// bytes are not to be expected of an unchanged descriptor; one without introduction points is ordinary just after start.
/// </summary>
public sealed class OwnDescriptorReader(ControlConnection connection)
{
    /// <summary>
    /// Null while tor has none: it is still starting, or does not host this service (it says "Not found in cache" to
    /// both).
    /// </summary>
    /// <exception cref="ControlException">When the connection fails.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(OnionAddress address, CancellationToken cancellationToken)
    {
        var key = $"hs/service/desc/id/{address.Label}";
        var reply = await connection.SendAsync(GetInfo.Command(key), cancellationToken).ConfigureAwait(false);
        // 551 is GETINFO's "no value now"; 552, an unknown key, would be a tor too old for onion services of today.
        if (reply.Code == 551)
            return null;
        if (!reply.IsOk)
            throw ControlException.Refused("to show its own descriptor", reply);
        return GetInfo.TryRead(reply, key, out var descriptor) && !descriptor.IsEmpty ? descriptor : null;
    }
}
