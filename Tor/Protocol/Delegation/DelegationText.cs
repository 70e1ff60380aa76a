using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>
/// What requests and bundles have in common: printable lines, of which the first names kind and version, the second the
/// service, and the last is a checksum. docs/delegations.md has the whole format.
/// </summary>
internal static class DelegationText
{
    /// <summary>A year of daily periods and a little.</summary>
    internal const int MostPeriods = 400;

    internal const int MostBytes = 256 * 1024;

    /// <summary>Characters of 32 bytes in base64 without padding.</summary>
    private const int DigestTextLength = 43;

    private static ReadOnlySpan<byte> Keyword => "checksum "u8;

    internal static DocumentWriter Begin(ReadOnlySpan<byte> heading, OnionAddress service) =>
        new DocumentWriter().Append(heading).Append("\nservice "u8).Append(service.ToFullString()).Append("\n"u8);

    internal static DocumentWriter AppendPeriod(this DocumentWriter writer, TimePeriod period) =>
        writer.Append("period "u8).Append(period.Number).Append(" "u8).Append(period.LengthMinutes).Append(" "u8);

    /// <summary>The whole text: what was written, and its checksum.</summary>
    internal static byte[] Finish(DocumentWriter writer)
    {
        var digest = SHA256.HashData(writer.Written);
        return writer.Append(Keyword).AppendBase64WithoutPadding(digest).Append("\n"u8).Written.ToArray();
    }

    /// <summary>Size, first line and checksum; <paramref name="items"/> is what stands between the two.</summary>
    internal static DelegationFault Open(ReadOnlySpan<byte> text, ReadOnlySpan<byte> heading, out ReadOnlySpan<byte> items)
    {
        items = default;
        if (text.Length > MostBytes)
            return DelegationFault.TooLarge;
        if (text.Length <= heading.Length || !text.StartsWith(heading) || text[heading.Length] != '\n')
            return DelegationFault.WrongKind;
        var body = text.Length - Keyword.Length - DigestTextLength - 1;
        Span<byte> digest = stackalloc byte[32];
        if (body <= heading.Length
            || !text[body..].StartsWith(Keyword)
            || text[^1] != '\n'
            || !Base64Text.TryDecodeExact(text[(body + Keyword.Length)..^1], digest)
            || !SHA256.HashData(text[..body]).AsSpan().SequenceEqual(digest))
        {
            return DelegationFault.Checksum;
        }

        items = text[(heading.Length + 1)..body];
        return DelegationFault.None;
    }

    internal static bool TryReadService(ref DocumentReader reader, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OnionAddress? service)
    {
        service = null;
        return reader.TryReadNext(out var item)
            && item.Is("service"u8)
            && item.TryGetOnlyArgument(out var argument)
            && OnionAddress.TryParse(Encoding.ASCII.GetString(argument), out service);
    }

    /// <summary>"period NUMBER LENGTH"; the rest of the line is left in <paramref name="rest"/>.</summary>
    internal static bool TryReadPeriod(DocumentItem item, out TimePeriod period, out ReadOnlySpan<byte> rest)
    {
        rest = item.Arguments;
        var isPeriod = item.Is("period"u8) && !item.HasObject;
        var number = DocumentItem.NextArgument(ref rest);
        var length = DocumentItem.NextArgument(ref rest);
        period = default;
        if (!isPeriod
            || !ulong.TryParse(number, System.Globalization.NumberStyles.None, null, out var numberValue)
            || !uint.TryParse(length, System.Globalization.NumberStyles.None, null, out var lengthValue)
            || numberValue > long.MaxValue
            || lengthValue == 0)
        {
            return false;
        }

        period = new TimePeriod(numberValue, lengthValue);
        return true;
    }

    internal static bool TryReadBytes32(ref ReadOnlySpan<byte> rest, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.Length];
        var read = Base64Text.TryDecodeExact(DocumentItem.NextArgument(ref rest), bytes);
        value = read ? Bytes32.Create(bytes) : default;
        return read;
    }

    /// <summary>One to <see cref="MostPeriods"/> of one length, each after the one before.</summary>
    internal static bool AreInOrder(IReadOnlyList<TimePeriod> periods) =>
        periods.Count is >= 1 and <= MostPeriods
        && periods.Zip(periods.Skip(1)).All(pair => pair.First.LengthMinutes == pair.Second.LengthMinutes && pair.First.Number < pair.Second.Number);
}
