using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>
/// A file that systemd hands to the unit (systemd.exec, Credentials): LoadCredential=, or LoadCredentialEncrypted= for one
/// that lies sealed by the TPM on disk. It is in memory and read-only there, of mode 0400, or root's and 0440.
/// </summary>
internal static class SystemdCredential
{
    internal const string FolderVariable = "CREDENTIALS_DIRECTORY";
    internal const string ExpectedName = "the name of a systemd credential: letters, digits and '_', '-', '.', at most 255";

    private const int LongestName = 255;

    /// <summary>A name that stays within the folder of credentials.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName
        && name is not ("." or "..")
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.');

    /// <summary>For the configuration.</summary>
    public static bool TryName(string text, out string name)
    {
        name = text;
        return IsName(text);
    }

    /// <summary>The credential's path, or in one line why this process has none. Whether the file is there is not asked.</summary>
    public static bool TryLocate(string name, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? fault)
    {
        path = null;
        fault = null;
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        if (!IsName(name))
            fault = $"'{name}' is not {ExpectedName}";
        else if (string.IsNullOrEmpty(folder))
            fault = $"the credential {name} cannot be read, since {FolderVariable} is not set: run this as a systemd unit with LoadCredential={name}:PATH or LoadCredentialEncrypted={name}:PATH";
        else if (!Path.IsPathRooted(folder))
            fault = $"the credential {name} cannot be read: {FolderVariable} is not an absolute path";
        else
            path = Path.Combine(folder, name);
        return path is not null;
    }
}
