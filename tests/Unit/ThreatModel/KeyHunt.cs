using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tests.Unit.ThreatModel;

/// <summary>
/// What an attacker does with all bytes that it gets hold of: tries each run of 32 as the secret of public keys that it
/// knows, as a seed and as a scalar; also of what stands there in base64 or hex.
/// </summary>
internal sealed class KeyHunt(params IEnumerable<Bytes32> publicKeys)
{
    private readonly HashSet<Bytes32> _wanted = [.. publicKeys];

    /// <summary>Whether a secret of one of the public keys lies in the loot.</summary>
    public bool Succeeds(ReadOnlySpan<byte> loot) => HasSecret(loot) || Decoded(loot).Any(bytes => HasSecret(bytes));

    private bool HasSecret(ReadOnlySpan<byte> loot)
    {
        Span<byte> expanded = stackalloc byte[ExpandedEd25519.SecretLength];
        for (var at = 0; at + 32 <= loot.Length; at++)
        {
            var run = loot.Slice(at, 32);
            ExpandedEd25519.Expand(run, expanded);
            if (IsWanted(run) || IsWanted(expanded))
                return true;
        }

        return false;
    }

    private bool IsWanted(ReadOnlySpan<byte> scalar) => ExpandedEd25519.TryPublicKey(scalar, out var publicKey) && _wanted.Contains(publicKey);

    private static List<byte[]> Decoded(ReadOnlySpan<byte> loot)
    {
        var decoded = new List<byte[]>();
        var text = System.Text.Encoding.Latin1.GetString(loot).Replace("\n", "", StringComparison.Ordinal);
        foreach (var word in text.Split([.. Enumerable.Range(0, 256).Select(i => (char)i).Where(c => !char.IsAsciiLetterOrDigit(c) && c is not ('+' or '/'))]))
        {
            if (word.Length >= 64 && word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit))
                decoded.Add(Convert.FromHexString(word));
            var buffer = new byte[word.Length];
            if (word.Length >= 43 && Convert.TryFromBase64String(word.PadRight((word.Length + 3) / 4 * 4, '='), buffer, out var length))
                decoded.Add(buffer[..length]);
        }

        return decoded;
    }
}
