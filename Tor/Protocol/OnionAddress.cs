using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol;

/// <summary>
/// [ONIONADDRESS] rend-spec-v3 6: base32(KP_hs_id | checksum | version) and ".onion", 62 characters. It prints
/// redacted, so that it cannot slip into a log; the full form is asked for by name.
/// </summary>
public sealed record OnionAddress
{
    /// <summary>What a text must be, for a message to who typed it.</summary>
    public const string Expected = "a v3 onion address: 56 characters and .onion, with the right checksum (one mistyped character makes it wrong)";

    private const byte Version = 3;
    private const int LabelLength = 56;
    private const string Suffix = ".onion";

    private OnionAddress(IdentityPublicKey publicKey, string label)
    {
        PublicKey = publicKey;
        Label = label;
    }

    /// <summary>KP_hs_id.</summary>
    public IdentityPublicKey PublicKey { get; }

    /// <summary>The 56 characters before ".onion", lower case, as control-spec wants them.</summary>
    public string Label { get; }

    /// <summary>The address of a key.</summary>
    public static OnionAddress From(IdentityPublicKey publicKey)
    {
        Span<byte> bytes = stackalloc byte[35];
        publicKey.Bytes.Span.CopyTo(bytes);
        Checksum(publicKey.Bytes.Span, bytes[32..34]);
        bytes[34] = Version;
        return new OnionAddress(publicKey, Base32.Encode(bytes));
    }

    /// <summary>
    /// Reads an address with or without ".onion", in any case. False for another version, a wrong checksum, and keys
    /// with a torsion part.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out OnionAddress? address)
    {
        address = null;
        if (text is null || text.Length > LabelLength + Suffix.Length)
            return false;
        var label = text.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? text[..^Suffix.Length] : text;
        Span<byte> bytes = stackalloc byte[35];
        Span<byte> checksum = stackalloc byte[2];
        if (label.Length != LabelLength || !Base32.TryDecode(label, bytes) || bytes[34] != Version)
            return false;
        Checksum(bytes[..32], checksum);
        if (!checksum.SequenceEqual(bytes[32..34]) || !IdentityPublicKey.TryCreate(bytes[..32], out var key))
            return false;
        address = new OnionAddress(key, Base32.Encode(bytes));
        return true;
    }

    /// <summary>All 62 characters. For configuration, protocols and the operator's own screen; not for logs.</summary>
    public string ToFullString() => Label + Suffix;

    /// <summary>Redacted: the last four characters of the label, such as "[...]ctad.onion".</summary>
    public override string ToString() => $"[...]{Label.AsSpan(LabelLength - 4)}{Suffix}";

    public bool Equals(OnionAddress? other) => other is not null && PublicKey == other.PublicKey;

    public override int GetHashCode() => PublicKey.Bytes.GetHashCode();

    private static void Checksum(ReadOnlySpan<byte> key, Span<byte> checksum)
    {
        Span<byte> digest = stackalloc byte[32];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA3_256);
        hash.AppendData(".onion checksum"u8);
        hash.AppendData(key);
        hash.AppendData([Version]);
        _ = hash.GetHashAndReset(digest);
        digest[..2].CopyTo(checksum);
    }
}
