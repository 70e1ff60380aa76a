using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>AES-256 in counter mode with a 16-byte big-endian counter, which .NET lacks: the block cipher over counters.</summary>
internal static class AesCtr
{
    internal const int KeyLength = 32;
    internal const int IvLength = 16;

    private const int ChunkLength = 4096;

    /// <summary>Encrypts or decrypts in place.</summary>
    internal static void Transform(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> counter = stackalloc byte[IvLength];
        iv.CopyTo(counter);
        Span<byte> stream = stackalloc byte[ChunkLength];
        for (var rest = data; !rest.IsEmpty;)
        {
            var length = Math.Min(rest.Length, ChunkLength);
            var blocks = (length + IvLength - 1) / IvLength;
            for (var block = 0; block < blocks; block++)
            {
                counter.CopyTo(stream[(block * IvLength)..]);
                Increment(counter);
            }

            _ = aes.EncryptEcb(stream[..(blocks * IvLength)], stream, PaddingMode.None);
            for (var i = 0; i < length; i++)
                rest[i] ^= stream[i];
            rest = rest[length..];
        }

        CryptographicOperations.ZeroMemory(stream);
    }

    private static void Increment(Span<byte> counter)
    {
        for (var i = counter.Length - 1; i >= 0; i--)
        {
            counter[i] = unchecked((byte)(counter[i] + 1));
            if (counter[i] != 0)
                return;
        }
    }
}
