using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.State;

/// <summary>
/// A <see cref="SigningState"/> as a file: JSON, and under it a line with the SHA3-256 of the JSON, so that a flipped
/// bit or a cut end is seen and never taken for a lower counter.
/// </summary>
internal static class SigningStateFile
{
    /// <summary>Far above what periods and instances within the window need.</summary>
    public const int MaximumLength = 4 << 20;

    private const int Version = 2;

    private static ReadOnlySpan<byte> DigestMark => "\nsha3-256 "u8;

    public static byte[] Write(SigningState state)
    {
        var document = new StateDocument(
            Version,
            state.Service.ToFullString(),
            state.Serial,
            state.AuditNumber,
            state.Begun,
            [.. state.Issued.OrderBy(pair => pair.Value.Period.Number).ThenBy(pair => pair.Key).Select(pair => new IssuedEntry(
                pair.Key.ToHex(), pair.Value.Period.Number, pair.Value.Period.LengthMinutes, pair.Value.Counter, pair.Value.RequestDigest.ToHex()))],
            [.. state.Instances.OrderBy(pair => pair.Value.Period.Number).ThenBy(pair => pair.Key.BlindedKey).Select(pair => new InstanceEntry(
                pair.Key.Instance.ToFullString(), pair.Key.BlindedKey.ToHex(), pair.Value.Period.Number, pair.Value.Period.LengthMinutes, pair.Value.Counter))]);
        var json = JsonSerializer.SerializeToUtf8Bytes(document, StateJson.Default.StateDocument);
        return [.. json, .. DigestMark, .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA3_256.HashData(json))), (byte)'\n'];
    }

    /// <summary>False with the fault in words when the bytes are not, whole and unchanged, the state of this service.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> file,
        OnionAddress service,
        [NotNullWhen(true)] out SigningState? state,
        [NotNullWhen(false)] out string? fault)
    {
        state = null;
        fault = "it is cut short or damaged: its digest line does not fit its content";
        var mark = file.LastIndexOf(DigestMark);
        if (mark < 0 || file.Length > MaximumLength || !DigestFits(file[..mark], file[(mark + DigestMark.Length)..]))
            return false;

        fault = "its content is not that of a state file of this version";
        if (!TryParse(file[..mark], out var document)
            || document.Version != Version
            || !OnionAddress.TryParse(document.Service, out var owner))
        {
            return false;
        }

        if (owner != service)
        {
            fault = $"it belongs to another service, {owner}";
            return false;
        }

        var read = SigningState.Empty(service) with { Serial = document.Serial, AuditNumber = document.AuditNumber, Begun = document.Begun };
        foreach (var entry in document.Issued)
        {
            if (entry is null || !TryHex(entry.BlindedKey, out var key) || !TryHex(entry.RequestDigest, out var digest))
                return false;
            read = read.WithIssued(key, new IssuedCounter(new TimePeriod(entry.Period, entry.PeriodMinutes), entry.RevisionCounter, digest));
        }

        foreach (var entry in document.Instances)
        {
            if (entry is null || !OnionAddress.TryParse(entry.Instance, out var instance) || !TryHex(entry.BlindedKey, out var key))
                return false;
            read = read.WithSeen(new InstanceCounterKey(instance, key), new InstanceCounter(new TimePeriod(entry.Period, entry.PeriodMinutes), entry.RevisionCounter));
        }

        state = read;
        fault = null;
        return true;
    }

    private static bool DigestFits(ReadOnlySpan<byte> json, ReadOnlySpan<byte> line)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA3_256.HashData(json, digest);
        return line.Length == 65
            && line[64] == (byte)'\n'
            && Encoding.ASCII.GetString(line[..64]) == Convert.ToHexStringLower(digest);
    }

    private static bool TryParse(ReadOnlySpan<byte> json, [NotNullWhen(true)] out StateDocument? document)
    {
        try
        {
            document = JsonSerializer.Deserialize(json, StateJson.Default.StateDocument);
        }
        catch (JsonException)
        {
            document = null;
        }

        return document is { Issued: not null, Instances: not null };
    }

    private static bool TryHex(string? text, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[32];
        value = default;
        return text is { Length: 64 }
            && Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == 32
            && Bytes32.TryCreate(bytes, out value);
    }
}
