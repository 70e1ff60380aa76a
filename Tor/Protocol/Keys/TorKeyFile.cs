using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>The content of tor's key files: a 32-byte header, then the key.</summary>
public static class TorKeyFile
{
    /// <summary>hs_ed25519_secret_key: 96 bytes.</summary>
    public const int SecretLength = 32 + IdentitySecretKey.ExpandedLength;

    /// <summary>hs_ed25519_public_key: 64 bytes.</summary>
    public const int PublicLength = 64;

    private static ReadOnlySpan<byte> SecretHeader => "== ed25519v1-secret: type0 ==\0\0\0"u8;

    private static ReadOnlySpan<byte> PublicHeader => "== ed25519v1-public: type0 ==\0\0\0"u8;

    /// <summary>Reads hs_ed25519_secret_key; false unless it is exactly 96 bytes with tor's header and a clamped scalar.</summary>
    public static bool TryReadSecret(ReadOnlySpan<byte> file, [NotNullWhen(true)] out IdentitySecretKey? key)
    {
        key = null;
        return file.Length == SecretLength
            && file.StartsWith(SecretHeader)
            && IdentitySecretKey.TryCreateExpanded(file[32..], out key);
    }

    /// <summary>Reads hs_ed25519_public_key.</summary>
    public static bool TryReadPublic(ReadOnlySpan<byte> file, out IdentityPublicKey key)
    {
        key = default;
        return file.Length == PublicLength
            && file.StartsWith(PublicHeader)
            && IdentityPublicKey.TryCreate(file[32..], out key);
    }

    /// <summary>Writes hs_ed25519_secret_key into guarded memory of 96 bytes.</summary>
    public static SecretBytes WriteSecret(IdentitySecretKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var file = SecretBytes.Allocate(SecretLength);
        SecretHeader.CopyTo(file.Span);
        key.ExportExpanded(file.Span[32..]);
        return file;
    }

    /// <summary>Writes hs_ed25519_public_key, 64 bytes.</summary>
    public static byte[] WritePublic(IdentityPublicKey key) => [.. PublicHeader, .. key.Bytes.Span];
}
