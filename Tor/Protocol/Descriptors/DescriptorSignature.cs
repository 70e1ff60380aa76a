using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>"signature" of rend-spec-v3 2.4: KP_hs_desc_sign over a fixed prefix and the text up to the signature's line.</summary>
internal static class DescriptorSignature
{
    /// <summary>Characters of 64 bytes in base64 without padding.</summary>
    internal const int TextLength = 86;

    private static ReadOnlySpan<byte> Prefix => "Tor onion service descriptor sig v3"u8;

    internal static bool Verify(Ed25519PublicKey key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        byte[] message = [.. Prefix, .. text];
        return key.Verify(message, signature);
    }

    internal static void Sign(DescriptorSigningKey key, ReadOnlySpan<byte> text, Span<byte> signature)
    {
        byte[] message = [.. Prefix, .. text];
        key.Sign(message, signature);
    }
}
