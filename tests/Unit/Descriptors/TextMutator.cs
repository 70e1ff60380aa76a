using System.Text;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

/// <summary>Mutates a document: bytes, stretches, lines, and words that mean something to its parser.</summary>
internal sealed class TextMutator(Random random)
{
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "hs-descriptor 3\n", "descriptor-lifetime 180\n", "revision-counter 18446744073709551615\n", "superencrypted\n", "signature ", "encrypted\n",
            "-----BEGIN MESSAGE-----\n", "-----END MESSAGE-----\n", "-----BEGIN ED25519 CERT-----\n", "-----END ED25519 CERT-----\n", "-----BEGIN ",
            "auth-client AAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA\n", "desc-auth-type x25519\n", "desc-auth-ephemeral-key ",
            "create2-formats 2\n", "create2-formats 65536 2\n", "flow-control 1-2 31\n", "pow-params v1 AAAA 1 2026-01-01T00:00:00\n", "single-onion-service\n",
            "intro-auth-required ed25519\n", "introduction-point AQAGAAAAAAAA\n", "introduction-point /w==\n", "onion-key ntor ", "auth-key\n", "enc-key ntor ",
            "enc-key-cert\n", "legacy-key\n", "legacy-key-cert\n", "\n", " ", "\t", "\0", "=", "====", "\u00ff", "-----", "4294967296", "-1", "AQgA", "AQkA", "AQsA",
        }.Select(word => Encoding.Latin1.GetBytes(word)),
    ];

    internal byte[] Mutate(byte[] text)
    {
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            text = Change(text);
        return text;
    }

    private byte[] Change(byte[] text)
    {
        var at = random.Next(text.Length + 1);
        var end = Math.Min(text.Length, at + random.Next(1, random.Next(4) == 0 ? 2000 : 40));
        var other = random.Next(text.Length + 1);
        switch (random.Next(7))
        {
            case 0 when at < text.Length:
                var flipped = text.AsSpan().ToArray();
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1 when at < text.Length:
                var replaced = text.AsSpan().ToArray();
                replaced[at] = (byte)random.Next(256);
                return replaced;
            case 2:
                return [.. text[..at], .. text[end..]];
            case 3:
                return [.. text[..other], .. text[at..end], .. text[other..]];
            case 4:
                return text[..at];
            case 5:
                var line = Array.IndexOf(text, (byte)'\n', Math.Min(at, Math.Max(0, text.Length - 1)));
                return line < 0 ? text : [.. text[..(line + 1)], .. Word(), .. text[(line + 1)..]];
            default:
                return [.. text[..at], .. Word(), .. text[at..]];
        }
    }

    private byte[] Word() => Words[random.Next(Words.Length)];
}
