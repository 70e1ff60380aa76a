using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// A permanent key sealed under a key of a token, as a file: a header line that names version and kind; for RSA the
/// 2-byte length and the bytes of the content key under RSA-OAEP; IV (12 bytes); AES-GCM of the 64-byte expanded key,
/// and its tag (16). All before the IV is authenticated with the content.
/// </summary>
internal sealed record TokenSealedFile(bool Rsa, byte[] Authenticated, byte[] WrappedKey, byte[] Iv, byte[] Content)
{
    internal const int IvLength = 12;
    internal const int ContentLength = 64 + 16;

    /// <summary>RSA of up to 8192 bits.</summary>
    internal const int MaximumLength = 64 + 2 + 1024 + IvLength + ContentLength;

    private static ReadOnlySpan<byte> AesHeader => "onionbalance-split token-sealed key 1 aes-gcm\n"u8;

    private static ReadOnlySpan<byte> RsaHeader => "onionbalance-split token-sealed key 1 rsa-oaep\n"u8;

    /// <summary>What is authenticated: the header, and for RSA the wrapped content key.</summary>
    public static byte[] Head(byte[]? wrappedKey) => wrappedKey is null
        ? AesHeader.ToArray()
        : [.. RsaHeader, (byte)(wrappedKey.Length >> 8), (byte)(wrappedKey.Length & 0xff), .. wrappedKey];

    public static bool TryParse(ReadOnlySpan<byte> file, [NotNullWhen(true)] out TokenSealedFile? parsed)
    {
        parsed = null;
        if (file.Length > MaximumLength)
            return false;
        var rsa = file.StartsWith(RsaHeader);
        if (!rsa && !file.StartsWith(AesHeader))
            return false;
        var at = rsa ? RsaHeader.Length + 2 : AesHeader.Length;
        if (file.Length < at)
            return false;
        var wrapped = rsa ? (file[at - 2] << 8) | file[at - 1] : 0;
        if (file.Length != at + wrapped + IvLength + ContentLength)
            return false;
        var head = at + wrapped;
        parsed = new TokenSealedFile(rsa, file[..head].ToArray(), file[at..head].ToArray(), file.Slice(head, IvLength).ToArray(), file[(head + IvLength)..].ToArray());
        return true;
    }

    public byte[] ToBytes() => [.. Authenticated, .. Iv, .. Content];
}
