namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// NSPEC, then for each LSTYPE, LSLEN, LSPEC (tor-spec 5.1.2; rend-spec-v3 [BUILDING-BLOCKS]). Checked for shape and passed
/// on verbatim and in order, unknown types too. Each identity at most once: tor clients go by any legacy identity in the
/// block, so that a second one would pass for a point on another relay.
/// </summary>
internal static class LinkSpecifierBlock
{
    /// <summary>
    /// Bytes. tor's own have 85 at most, with IPv4, IPv6 and both identities. Of 20 points at this length, from whatever
    /// instances, a descriptor is still within what HSDirs take: longer ones would let one instance spoil it for all.
    /// </summary>
    internal const int MaximumLength = 128;

    private const byte LegacyIdentity = 2;
    private const byte Ed25519Identity = 3;

    private static ReadOnlySpan<byte> KnownLengths => [6, 18, 20, 32];

    /// <summary>
    /// True for at least one specifier, each of its type's length, and nothing after them.
    /// <paramref name="relay"/> is the relay's Ed25519 identity and <paramref name="fingerprint"/> its legacy one in 40
    /// upper-case hex digits, each where it is named.
    /// </summary>
    internal static bool TryRead(ReadOnlySpan<byte> block, out Bytes32? relay, out string? fingerprint)
    {
        relay = null;
        fingerprint = null;
        if (block.Length is 0 or > MaximumLength || block[0] == 0)
            return false;
        var rest = block[1..];
        for (var left = block[0]; left > 0; left--)
        {
            if (rest.Length < 2 || rest.Length - 2 < rest[1])
                return false;
            var type = rest[0];
            var body = rest.Slice(2, rest[1]);
            if (type < KnownLengths.Length && body.Length != KnownLengths[type])
                return false;
            if ((type == Ed25519Identity && relay is not null) || (type == LegacyIdentity && fingerprint is not null))
                return false;
            if (type == Ed25519Identity)
                relay = Bytes32.Create(body);
            else if (type == LegacyIdentity)
                fingerprint = Convert.ToHexString(body);
            rest = rest[(2 + body.Length)..];
        }

        return rest.IsEmpty;
    }
}
