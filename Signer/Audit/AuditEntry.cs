using System.Text.Json.Serialization;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>What a line of the audit log tells of.</summary>
internal enum AuditEvent
{
    /// <summary>A file of the log begins; the hash of the line before it is repeated in it.</summary>
    Opened,

    /// <summary>What a crash left after the last confirmed line was removed; nothing was released on it.</summary>
    Healed,

    /// <summary>An operator began the log anew, without what was before.</summary>
    BegunAnew,

    /// <summary>A request came.</summary>
    Asked,

    /// <summary>Its descriptors are released.</summary>
    Signed,

    /// <summary>It was asked again, its answer having been lost: the same descriptors are released once more.</summary>
    Repeated,

    /// <summary>An operator made a service's state, of a new service or in the place of a lost one.</summary>
    StateBegun,

    /// <summary>Nothing is released.</summary>
    Refused,

    /// <summary>Evidence is asked for; nothing is released.</summary>
    Missing,

    /// <summary>Requests of a Collector that asks too often were refused without a line for each.</summary>
    Unread,

    /// <summary>An operator gave a request for delegations.</summary>
    DelegationAsked,

    /// <summary>Its bundle is released.</summary>
    Delegated,

    /// <summary>No bundle is released.</summary>
    DelegationRefused,
}

/// <summary>A line of the audit log. Onion addresses in it are redacted.</summary>
/// <param name="Number">Counts lines over all files, from 1.</param>
internal sealed record AuditEntry(ulong Number, DateTimeOffset Time, AuditEvent Event)
{
    /// <summary>The name of the Collector that asked, or its endpoint where the configuration gives it no name.</summary>
    public string? Collector { get; init; }

    public string? Service { get; init; }

    /// <summary>Of delegations: the first and the last one's number, and their length.</summary>
    public string? Period { get; init; }

    public string? Role { get; init; }

    /// <summary>SHA3-256 of the request, in hex; of one for delegations it is the fingerprint that operators compare.</summary>
    public string? Digest { get; init; }

    public ulong? Counter { get; init; }

    /// <summary>How many unread requests the line stands for.</summary>
    public ulong? Requests { get; init; }

    public string? Reason { get; init; }

    public string? Detail { get; init; }

    /// <summary>Which service's state was written: <see cref="StateSerials.TagOf"/>.</summary>
    public string? State { get; init; }

    /// <summary>The state's number of writes, this one included.</summary>
    public ulong? Serial { get; init; }

    /// <summary>In a line that opens a file: the hash of the line before it, in hex.</summary>
    public string? Previous { get; init; }

    /// <summary>In a line that opens a file: <see cref="StateSerials.ToTexts"/> of all lines before it.</summary>
    public string[]? Serials { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(AuditHeadDocument))]
internal sealed partial class AuditJson : JsonSerializerContext;
