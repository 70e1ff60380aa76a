using System.Text.Json.Serialization;

namespace OnionBalance.Split.Signer.State;

/// <summary>The JSON of a state file.</summary>
internal sealed record StateDocument(
    int Version, string Service, ulong Serial, ulong AuditNumber, string? Begun, IssuedEntry[] Issued, InstanceEntry[] Instances);

internal sealed record IssuedEntry(string BlindedKey, ulong Period, uint PeriodMinutes, ulong RevisionCounter, string RequestDigest);

internal sealed record InstanceEntry(string Instance, string BlindedKey, ulong Period, uint PeriodMinutes, ulong RevisionCounter);

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJson : JsonSerializerContext;
