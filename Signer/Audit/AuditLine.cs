using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>
/// A line of the audit log: its hash in hex, a space, its entry as JSON, a line feed. The hash is SHA3-256 of the hash of
/// the line before it, as 32 bytes, and the JSON. Pure.
/// </summary>
internal static class AuditLine
{
    /// <summary>Bytes, line feed included.</summary>
    public const int MaximumLength = 4096;

    private const int HexLength = 64;

    private const int MaximumText = 256;

    /// <summary>The line, and its hash for the next one. Texts of any length are cut so that it keeps its bound.</summary>
    public static byte[] Write(AuditEntry entry, Bytes32 previous, out Bytes32 hash)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(
            entry with { Detail = Cut(entry.Detail), Collector = Cut(entry.Collector) }, AuditJson.Default.AuditEntry);
        hash = HashOf(previous, json);
        return [.. Encoding.ASCII.GetBytes(hash.ToHex()), (byte)' ', .. json, (byte)'\n'];
    }

    /// <summary>Takes a line without its line feed; false when it does not follow a line with the hash <paramref name="previous"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, Bytes32 previous, [NotNullWhen(true)] out AuditEntry? entry, out Bytes32 hash)
    {
        entry = null;
        hash = default;
        if (!TryParse(line, out var read))
            return false;
        hash = HashOf(previous, line[(HexLength + 1)..]);
        if (Encoding.ASCII.GetString(line[..HexLength]) != hash.ToHex())
            return false;
        entry = read;
        return true;
    }

    /// <summary>The entry alone, whatever line came before it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, [NotNullWhen(true)] out AuditEntry? entry)
    {
        entry = null;
        if (line.Length <= HexLength + 1 || line.Length >= MaximumLength || line[HexLength] != (byte)' ')
            return false;
        try
        {
            entry = JsonSerializer.Deserialize(line[(HexLength + 1)..], AuditJson.Default.AuditEntry);
        }
        catch (JsonException)
        {
            return false;
        }

        return entry is not null;
    }

    private static Bytes32 HashOf(Bytes32 previous, ReadOnlySpan<byte> json)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA3_256.HashData([.. previous.Span, .. json], digest);
        return Bytes32.TryCreate(digest, out var hash) ? hash : default;
    }

    // An escaped character takes up to six bytes: two texts of this length leave room for the rest.
    private static string? Cut(string? text) => text is { Length: > MaximumText } ? text[..MaximumText] : text;
}
