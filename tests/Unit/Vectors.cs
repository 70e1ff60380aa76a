using System.Text.Json;

namespace OnionBalance.Split.Tests.Unit;

/// <summary>Reads tests/Vectors/NAME/vectors.json; each names where its numbers come from.</summary>
internal static class Vectors
{
    internal static IReadOnlyList<JsonElement> Load(string name)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Vectors", name, "vectors.json"));
        using var document = JsonDocument.Parse(file);
        return [.. document.RootElement.GetProperty("vectors").EnumerateArray().Select(row => row.Clone())];
    }

    internal static byte[] Hex(this JsonElement row, string name) =>
        Convert.FromHexString(row.GetProperty(name).GetString()!);
}
