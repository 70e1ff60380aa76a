using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// Unwraps what CKM_AES_KEY_WRAP (RFC 3394) or CKM_AES_KEY_WRAP_PAD (RFC 5649) made of a secret of whole 8-byte blocks,
/// within guarded memory. .NET's own unwrap gives managed arrays.
/// </summary>
internal static class AesKeyUnwrap
{
    private const int Block = 8;
    private const int Rounds = 6;
    private const ulong PlainCheck = 0xA6A6A6A6A6A6A6A6;
    private const ulong PaddedCheck = 0xA65959A600000000;

    /// <param name="key">AES key, 32 bytes.</param>
    /// <param name="wrapped">8 bytes more than the secret.</param>
    /// <param name="length">Bytes that the secret must have, a multiple of 8.</param>
    /// <param name="secret">The caller's to dispose; null where the integrity check fails.</param>
    public static bool TryUnwrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> wrapped, int length, [NotNullWhen(true)] out SecretBytes? secret)
    {
        secret = null;
        if (length < 2 * Block || length % Block != 0 || wrapped.Length != length + Block)
            return false;
        using var aes = Aes.Create();
        aes.SetKey(key);
        using var work = SecretBytes.Allocate(2 * Block);
        var pair = work.Span;
        var blocks = length / Block;
        var result = SecretBytes.CopyOf(wrapped[Block..]);
        wrapped[..Block].CopyTo(pair);
        for (var step = Rounds * blocks; step > 0; step--)
        {
            var block = result.Span.Slice((step - 1) % blocks * Block, Block);
            BinaryPrimitives.WriteUInt64BigEndian(pair, BinaryPrimitives.ReadUInt64BigEndian(pair) ^ (ulong)step);
            block.CopyTo(pair[Block..]);
            aes.DecryptEcb(pair, pair, PaddingMode.None);
            pair[Block..].CopyTo(block);
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(pair) is var check && (check == PlainCheck || check == (PaddedCheck | (uint)length)))
            secret = result;
        else
            result.Dispose();
        return secret is not null;
    }
}
