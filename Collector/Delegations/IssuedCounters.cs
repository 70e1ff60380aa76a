using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>
/// The last revision counter that was issued by delegation for each service and period, on disk before the descriptor that
/// carries it is released. A file that is missing counts as none issued: counters follow the clock. One that is damaged
/// stops publishing by delegation.
/// </summary>
internal sealed partial class IssuedCounters
{
    private const int MostPeriods = 8;

    private readonly string _folder;

    public IssuedCounters(string stateDirectory)
    {
        _folder = Path.Combine(stateDirectory, "counters");
        Directory.CreateDirectory(_folder, AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
        AtomicFile.RemoveLeftovers(_folder);
    }

    /// <param name="last">Null when none was issued.</param>
    internal bool TryGet(OnionAddress service, TimePeriod period, out ulong? last, [NotNullWhen(false)] out string? fault)
    {
        var read = TryLoad(service, out var issued, out fault);
        last = issued.FirstOrDefault(entry => entry.PeriodNumber == period.Number && entry.PeriodMinutes == period.LengthMinutes)?.Counter;
        return read;
    }

    /// <summary>True once it is flushed.</summary>
    internal bool TryPut(OnionAddress service, TimePeriod period, ulong counter, [NotNullWhen(false)] out string? fault)
    {
        if (!TryLoad(service, out var issued, out fault))
            return false;
        Issued[] next =
        [
            new Issued(period.Number, period.LengthMinutes, counter),
            .. issued.Where(entry => entry.PeriodNumber != period.Number || entry.PeriodMinutes != period.LengthMinutes).Take(MostPeriods - 1),
        ];
        try
        {
            AtomicFile.Write(PathOf(service), JsonSerializer.SerializeToUtf8Bytes(next, CounterJson.Default.IssuedArray));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"the last revision counter of {service} cannot be written down: {e.Message}";
            return false;
        }
    }

    private bool TryLoad(OnionAddress service, out ImmutableArray<Issued> issued, [NotNullWhen(false)] out string? fault)
    {
        issued = [];
        fault = null;
        var path = PathOf(service);
        try
        {
            if (!File.Exists(path))
                return true;
            issued = [.. JsonSerializer.Deserialize(File.ReadAllBytes(path), CounterJson.Default.IssuedArray) ?? throw new JsonException("empty")];
            if (issued.Any(entry => entry is null))
                throw new JsonException("an entry is null");
            return true;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            issued = [];
            fault = $"the file of {service} in {_folder} cannot be read ({e.Message}): it holds the last revision counters. While this host's clock is right they rise by themselves, and the file may be removed";
            return false;
        }
    }

    private string PathOf(OnionAddress service) => Path.Combine(_folder, service.Label + ".json");

    /// <summary>The file's form.</summary>
    internal sealed record Issued(ulong PeriodNumber, uint PeriodMinutes, ulong Counter);

    [JsonSourceGenerationOptions(WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Issued[]))]
    private sealed partial class CounterJson : JsonSerializerContext;
}
