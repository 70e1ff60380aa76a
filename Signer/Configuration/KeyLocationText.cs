using System.Globalization;
using OnionBalance.Split.Signer.Keys;

namespace OnionBalance.Split.Signer.Configuration;

/// <summary>A "key" mapping as <see cref="KeyLocationBinder"/> reads it, for a configuration file.</summary>
internal static class KeyLocationText
{
    /// <summary>The lines under "key:", not indented.</summary>
    public static IEnumerable<string> Lines(KeyLocation location) => location switch
    {
        KeyLocation.File file => [$"file: {Quoted(file.Path)}"],
        KeyLocation.Credential credential => [$"credential: {Quoted(credential.Name)}"],
        KeyLocation.SealedFile file => [$"sealed_file: {Quoted(file.Path)}", .. Secret("passphrase", file.Passphrase)],
        KeyLocation.TokenObject token => [$"token: {Quoted(token.Uri.Text)}", .. Secret("pin", token.Pin)],
        KeyLocation.TokenSealedFile file => [$"sealed_file: {Quoted(file.Path)}", $"token: {Quoted(file.Uri.Text)}", .. Secret("pin", file.Pin)],
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static IEnumerable<string> Secret(string name, SecretSource source) => source switch
    {
        SecretSource.File file => [$"{name}: {{file: {Quoted(file.Path)}}}"],
        SecretSource.Credential credential => [$"{name}: {{credential: {Quoted(credential.Name)}}}"],
        SecretSource.Descriptor descriptor => [string.Create(CultureInfo.InvariantCulture, $"{name}: {{descriptor: {descriptor.Number}}}")],
        _ => [$"# or file: PATH, or descriptor: NUMBER", $"{name}: {{credential: {name}}}"],
    };

    /// <summary>YAML's single quotes: within them only they are special. There are no control characters in what comes here.</summary>
    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
