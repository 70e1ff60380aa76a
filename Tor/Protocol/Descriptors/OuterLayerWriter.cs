using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>Writes [DESC-OUTER] in C tor's line order (hs_descriptor.c, desc_encode_v3).</summary>
internal static class OuterLayerWriter
{
    /// <summary>HS_DESC_DEFAULT_LIFETIME, in minutes.</summary>
    internal const uint UsualLifetimeMinutes = 180;

    /// <summary>Everything that is signed.</summary>
    internal static DocumentWriter WriteUnsigned(
        uint lifetimeMinutes, ReadOnlySpan<byte> signingKeyCertificate, ulong revisionCounter, ReadOnlySpan<byte> superencrypted) =>
        new DocumentWriter()
            .Append("hs-descriptor 3\n"u8)
            .Append("descriptor-lifetime "u8).Append(lifetimeMinutes)
            .Append("\ndescriptor-signing-key-cert\n"u8).AppendObject("ED25519 CERT"u8, signingKeyCertificate)
            .Append("\nrevision-counter "u8).Append(revisionCounter)
            .Append("\nsuperencrypted\n"u8).AppendObject("MESSAGE"u8, superencrypted)
            .Append("\n"u8);

    internal static byte[] Sign(DocumentWriter unsigned, DescriptorSigningKey key)
    {
        Span<byte> signature = stackalloc byte[64];
        DescriptorSignature.Sign(key, unsigned.Written, signature);
        return unsigned.Append("signature "u8).AppendBase64WithoutPadding(signature).Append("\n"u8).Written.ToArray();
    }
}
