using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>An instance's <see cref="ShownPoints"/> as a file.</summary>
internal static partial class ShownPointsFile
{
    internal static byte[] Write(ShownPoints shown) => JsonSerializer.SerializeToUtf8Bytes(
        [.. shown.ByKey.OrderBy(pair => pair.Value.First).Select(pair => new Written(pair.Key.ToHex(), pair.Value.First, pair.Value.Until))],
        PointsJson.Default.WrittenArray);

    /// <summary>Null when the bytes are no such file.</summary>
    internal static ShownPoints? Read(ReadOnlySpan<byte> file)
    {
        try
        {
            var written = JsonSerializer.Deserialize(file, PointsJson.Default.WrittenArray);
            return written is null || written.Any(point => point is null)
                ? null
                : new ShownPoints(written.ToImmutableDictionary(point => Bytes32.Create(Convert.FromHexString(point.AuthKey)), point => new ShownPoint(point.First, point.Until)));
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <param name="AuthKey">KP_hs_ipt_sid in hex.</param>
    internal sealed record Written(string AuthKey, DateTimeOffset First, DateTimeOffset Until);

    [JsonSourceGenerationOptions(WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Written[]))]
    private sealed partial class PointsJson : JsonSerializerContext;
}
