using OnionBalance.Split.Signer.Keys;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>What tells a made place from any other: digests of its files. Of a secret in plain there is none.</summary>
internal static class PlaceDigests
{
    public static IEnumerable<(string Name, string Value)> Of(KeyLocation place) => place switch
    {
        KeyLocation.TokenObject token => [("object", token.Uri.Text)],
        KeyLocation.File file => ((string[])[TorKeyDirectory.PublicName, TorKeyDirectory.HostName]).Select(name => ("SHA3-256", $"{Digest(Path.Combine(file.Path, name))} {name}")),
        _ => [("SHA3-256", Digest(place.Output))],
    };

    private static string Digest(string path) => CeremonyTranscript.Digest(File.ReadAllBytes(path));
}
