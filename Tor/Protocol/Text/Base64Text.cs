using System.Buffers;
using System.Buffers.Text;

namespace OnionBalance.Split.Tor.Protocol.Text;

/// <summary>Base64 as tor's documents have it: lines of 64 characters in objects, single arguments padded or not.</summary>
internal static class Base64Text
{
    /// <summary>Characters to a line of an object.</summary>
    internal const int LineLength = 64;

    /// <summary>The lines of an object, with their newlines.</summary>
    internal static bool TryDecodeLines(ReadOnlySpan<byte> lines, out byte[] bytes)
    {
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(lines.Length)];
        var decoded = Base64.DecodeFromUtf8(lines, buffer, out var consumed, out var written) == OperationStatus.Done
            && consumed == lines.Length;
        bytes = decoded ? buffer[..written] : [];
        return decoded;
    }

    /// <summary>
    /// One argument that stands for exactly <paramref name="bytes"/>, with or without its padding. Stray bits in the
    /// last character are refused, so that a value has one spelling.
    /// </summary>
    internal static bool TryDecodeExact(ReadOnlySpan<byte> argument, Span<byte> bytes)
    {
        Span<byte> spelled = stackalloc byte[(bytes.Length + 2) / 3 * 4];
        var bare = (bytes.Length * 8 + 5) / 6;
        if (argument.Length != bare && argument.Length != spelled.Length)
            return false;
        spelled.Fill((byte)'=');
        argument.CopyTo(spelled);
        Span<byte> decoded = stackalloc byte[bytes.Length + 2];
        if (Base64.DecodeFromUtf8(spelled, decoded, out _, out var written) != OperationStatus.Done || written != bytes.Length)
            return false;
        decoded[..written].CopyTo(bytes);
        Span<byte> again = stackalloc byte[spelled.Length];
        return Base64.EncodeToUtf8(decoded[..written], again, out _, out _) == OperationStatus.Done && again.SequenceEqual(spelled);
    }

    /// <summary>One padded argument of any length up to <paramref name="maximum"/> bytes.</summary>
    internal static bool TryDecodeBounded(ReadOnlySpan<byte> argument, int maximum, out byte[] bytes)
    {
        bytes = [];
        if (argument.Length > (maximum + 2) / 3 * 4)
            return false;
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(argument.Length)];
        if (Base64.DecodeFromUtf8(argument, buffer, out var consumed, out var written) != OperationStatus.Done
            || consumed != argument.Length || written > maximum)
        {
            return false;
        }

        bytes = buffer[..written];
        return true;
    }
}
