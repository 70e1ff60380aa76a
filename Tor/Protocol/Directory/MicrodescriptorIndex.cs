using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// Microdescriptors (dir-spec 3.3), reduced to what the hash ring needs: from the SHA-256 of each, by which a consensus
/// names it, to the relay's Ed25519 identity. Good for every consensus that finds all its HSDirs in it.
/// </summary>
public sealed class MicrodescriptorIndex
{
    /// <summary>The public network has about 12 MB of them.</summary>
    public const int MaxLength = 128 << 20;

    private const int MaxCount = 1 << 17;

    private static ReadOnlySpan<byte> IdentityLine => "\nid ed25519 "u8;

    private readonly Dictionary<Bytes32, Bytes32> _identities;

    private MicrodescriptorIndex(Dictionary<Bytes32, Bytes32> identities) => _identities = identities;

    /// <summary>Distinct microdescriptors.</summary>
    public int Count => _identities.Count;

    /// <summary>
    /// Reads microdescriptors one after the other, as GETINFO md/all gives them. One without a (single, well-formed)
    /// Ed25519 identity is kept as such: its relay is on no ring. False only when there is more than fits the limits.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out MicrodescriptorIndex? index)
    {
        index = null;
        var identities = new Dictionary<Bytes32, Bytes32>();
        if (text.Length > MaxLength)
            return false;
        for (var rest = text[StartOfNext(text, 0)..]; !rest.IsEmpty;)
        {
            var end = StartOfNext(rest, 1);
            if (identities.Count == MaxCount)
                return false;
            identities[Digest(rest[..end])] = IdentityOf(rest[..end]);
            rest = rest[end..];
        }

        index = new MicrodescriptorIndex(identities);
        return true;
    }

    public bool Contains(Bytes32 digest) => _identities.ContainsKey(digest);

    /// <summary>False for an unknown microdescriptor and for one that names no identity.</summary>
    public bool TryGetIdentity(Bytes32 digest, out Bytes32 ed25519Identity) =>
        _identities.TryGetValue(digest, out ed25519Identity) && ed25519Identity != default;

    /// <summary>Where the first "onion-key" line at or after <paramref name="from"/> begins, or the end of the text.</summary>
    private static int StartOfNext(ReadOnlySpan<byte> text, int from)
    {
        if (from == 0 && text.StartsWith("onion-key"u8))
            return 0;
        var found = text.IndexOf("\nonion-key"u8);
        return found < 0 ? text.Length : found + 1;
    }

    private static Bytes32 Digest(ReadOnlySpan<byte> microdescriptor)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        if (microdescriptor[^1] == '\n')
        {
            SHA256.HashData(microdescriptor, digest);
        }
        else
        {
            // The control protocol ends a data reply at the last newline, which is part of the last microdescriptor.
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(microdescriptor);
            hash.AppendData("\n"u8);
            hash.GetHashAndReset(digest);
        }

        return Bytes32.Create(digest);
    }

    /// <summary>Zero, which is nobody's identity, when there is none or more than one.</summary>
    private static Bytes32 IdentityOf(ReadOnlySpan<byte> microdescriptor)
    {
        var identity = default(Bytes32);
        for (var at = microdescriptor.IndexOf(IdentityLine); at >= 0; at = microdescriptor.IndexOf(IdentityLine))
        {
            microdescriptor = microdescriptor[(at + IdentityLine.Length)..];
            var end = microdescriptor.IndexOf((byte)'\n');
            var key = end < 0 ? microdescriptor : microdescriptor[..end];
            if (identity != default || !DirectoryText.TryBase64(DirectoryText.NextItem(ref key), out identity))
                return default;
        }

        return identity;
    }
}
