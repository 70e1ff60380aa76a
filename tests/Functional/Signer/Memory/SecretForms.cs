using System.Text;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Memory;

/// <summary>The forms in which a secret may be left in memory: as it is, in halves, as text, and as algorithms turn it on their way.</summary>
internal static class SecretForms
{
    private const int Half = 16;

    /// <summary>A passphrase or PIN: as bytes and as text.</summary>
    public static IEnumerable<Needle> OfText(string name, string text) =>
        [new Needle(name, Encoding.UTF8.GetBytes(text)), new Needle($"{name} as UTF-16", Encoding.Unicode.GetBytes(text)), .. AsText(name, Encoding.UTF8.GetBytes(text))];

    /// <summary>32 random bytes. Sixteen of them, wherever they lie, count as a find.</summary>
    public static IEnumerable<Needle> Of(string name, ReadOnlySpan<byte> secret)
    {
        var needles = new List<Needle>();
        for (var at = 0; at + Half <= secret.Length; at += Half)
            needles.Add(new Needle($"{name}, bytes {at} to {at + Half - 1}", secret.Slice(at, Half).ToArray()));
        var backwards = secret.ToArray();
        Array.Reverse(backwards);
        needles.Add(new Needle($"{name} backwards", backwards));
        // As SHA-512 takes its message in.
        var words = secret.ToArray();
        for (var at = 0; at + 8 <= words.Length; at += 8)
            Array.Reverse(words, at, 8);
        needles.Add(new Needle($"{name} in big-endian words", words));
        needles.AddRange(AsText(name, secret.ToArray()));
        return needles;
    }

    /// <summary>A scalar: as it is, reduced modulo l, and as the digits by which ge25519_scalarmult_base takes it.</summary>
    public static IEnumerable<Needle> OfScalar(string name, ReadOnlySpan<byte> scalar)
    {
        Span<byte> wide = stackalloc byte[64];
        Span<byte> reduced = stackalloc byte[32];
        scalar.CopyTo(wide);
        Sodium.crypto_core_ed25519_scalar_reduce(reduced, wide);
        List<Needle> needles = [.. Of(name, scalar), .. InDigits(name, scalar)];
        if (!reduced.SequenceEqual(scalar))
            needles.AddRange([.. Of($"{name} reduced", reduced), .. InDigits($"{name} reduced", reduced)]);
        return needles;
    }

    /// <summary>An expanded key of 64 bytes.</summary>
    public static IEnumerable<Needle> OfExpanded(string scalar, string prefix, ReadOnlySpan<byte> expanded) =>
        [.. OfScalar(scalar, expanded[..32]), .. Of(prefix, expanded[32..])];

    /// <summary>A blinded key: a' and RH'.</summary>
    public static IEnumerable<Needle> OfBlinded(BlindedSecretKey key) =>
        OfExpanded($"a' of {key.PublicKey.Bytes}", $"RH' of {key.PublicKey.Bytes}", key.Expanded);

    private static IEnumerable<Needle> AsText(string name, byte[] secret)
    {
        foreach (var (form, text) in (IEnumerable<(string, string)>)[("hex", Convert.ToHexStringLower(secret)), ("HEX", Convert.ToHexString(secret)), .. Base64(secret)])
        {
            yield return new Needle($"{name} as {form}", Encoding.ASCII.GetBytes(text));
            yield return new Needle($"{name} as {form} in UTF-16", Encoding.Unicode.GetBytes(text));
        }
    }

    /// <summary>Wherever it begins within a longer text: the characters that its neighbours have a part in are left out.</summary>
    private static IEnumerable<(string Form, string Text)> Base64(byte[] secret)
    {
        for (var before = 0; before < 3; before++)
        {
            var text = Convert.ToBase64String([.. new byte[before], .. secret]);
            var whole = (before + secret.Length) / 3 * 4;
            yield return ($"base64 after {before}", text[(before == 0 ? 0 : 4)..whole]);
        }
    }

    /// <summary>64 signed digits to the base 16, low first. A quarter of them counts as a find.</summary>
    private static Needle[] InDigits(string name, ReadOnlySpan<byte> scalar)
    {
        var digits = new int[64];
        for (var i = 0; i < 32; i++)
            (digits[2 * i], digits[(2 * i) + 1]) = (scalar[i] & 15, scalar[i] >> 4);
        for (var i = 0; i < 63; i++)
        {
            var carry = (digits[i] + 8) >> 4;
            digits[i] -= carry * 16;
            digits[i + 1] += carry;
        }

        return [.. digits.Select(digit => unchecked((byte)digit)).Chunk(Half).Select((quarter, i) => new Needle($"{name}, quarter {i} of its digits", quarter))];
    }
}
