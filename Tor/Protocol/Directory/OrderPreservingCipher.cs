using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// The order-preserving scheme of rend-spec-v3 appendix F.2: a number n becomes the sum of the first n 16-bit
/// little-endian words of an AES-256-CTR key stream, each plus one. So a larger number always has a larger image.
/// </summary>
internal static class OrderPreservingCipher
{
    internal const int KeyLength = 32;

    /// <summary>Three days of seconds and a little: the largest number tor encrypts.</summary>
    internal const int MaxInput = 1 << 18;

    private const int BlockLength = 16;
    private const int WordsPerBlock = BlockLength / 2;

    /// <summary>The image of a number from 1 to <see cref="MaxInput"/>; about half a megabyte of AES at most.</summary>
    internal static ulong Encrypt(ReadOnlySpan<byte> key, int number)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MaxInput);
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> counters = stackalloc byte[4096];
        Span<byte> stream = stackalloc byte[4096];
        counters.Clear();
        var sum = (ulong)number;
        for (int done = 0, block = 0; done < number;)
        {
            for (var i = 0; i < counters.Length; i += BlockLength)
                BinaryPrimitives.WriteInt32BigEndian(counters[(i + BlockLength - 4)..], block++);
            aes.EncryptEcb(counters, stream, PaddingMode.None);
            var words = Math.Min(number - done, stream.Length / BlockLength * WordsPerBlock);
            for (var i = 0; i < words; i++)
                sum += BinaryPrimitives.ReadUInt16LittleEndian(stream[(2 * i)..]);
            done += words;
        }

        CryptographicOperations.ZeroMemory(stream);
        return sum;
    }
}
