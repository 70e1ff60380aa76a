using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>
/// One part of a request or bundle, for a QR code: OBSD1:NUMBER/COUNT:SERIES:DATA:CHECK, in the characters of QR's
/// alphanumeric mode. DATA is base32, CHECK the first 5 bytes of the SHA-256 of all before its colon, in base32.
/// </summary>
/// <param name="Number">From 1.</param>
/// <param name="Count">Parts in the series.</param>
/// <param name="Series">The first 16 hex digits, in capitals, of the whole file's <see cref="DelegationFingerprint"/>.</param>
/// <param name="Data">A multiple of 5 bytes, <see cref="MostData"/> at most.</param>
public sealed record DelegationPart(int Number, int Count, string Series, ImmutableArray<byte> Data)
{
    internal const string Heading = "OBSD1:";

    /// <summary>A code of version 13, which with its margin is 77 modules wide, has 619 characters: 576 for the data, 40 for the rest.</summary>
    internal const int MostData = 360;

    internal const int MostCount = 999;

    private const int SeriesLength = 16;
    private const int CheckBytes = 5;

    public override string ToString() => Body + ":" + CheckOf(Body);

    private string Body =>
        string.Create(CultureInfo.InvariantCulture, $"{Heading}{Number}/{Count}:{Series}:{Base32.Encode(Data.AsSpan()).ToUpperInvariant()}");

    /// <summary>
    /// Reads one part, which has one spelling. On false, <paramref name="claimed"/> is the number that a damaged part seems
    /// to bear, or 0.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DelegationPart? part, out int claimed)
    {
        ArgumentNullException.ThrowIfNull(text);
        part = null;
        claimed = 0;
        var fields = text.Split(':', 6);
        if (fields is not ["OBSD1", var position, ..] || !TryReadPosition(position, out claimed, out var count) || fields.Length != 5)
            return false;
        var data = new byte[fields[3].Length / 8 * 5];
        if (fields[2].Length != SeriesLength || data.Length is 0 or > MostData || !Base32.TryDecode(fields[3], data))
            return false;
        var read = new DelegationPart(claimed, count, fields[2], [.. data]);
        part = read.ToString() == text ? read : null;
        return part is not null;
    }

    internal static string SeriesOf(ReadOnlySpan<byte> text) => DelegationFingerprint.HexOf(text)[..SeriesLength].ToUpperInvariant();

    private static bool TryReadPosition(string text, out int number, out int count)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        count = 0;
        number = 0;
        var read = slash > 0
            && int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count)
            && count <= MostCount
            && number >= 1
            && number <= count;
        if (!read)
            number = 0;
        return read;
    }

    private static string CheckOf(string body) =>
        Base32.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(body)).AsSpan(0, CheckBytes)).ToUpperInvariant();
}
