using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>
/// A permanent key in a file: tor's hs_ed25519_secret_key (the file or the directory it lies in), or PKCS#8 PEM. Owner
/// and mode of the file and of every folder above it are checked at each use.
/// </summary>
internal sealed class FileIdentityKeyStore(string path) : IIdentityKeyStore
{
    internal const string TorSecretName = "hs_ed25519_secret_key";

    /// <summary>A PEM file may carry a comment; nothing longer is a key.</summary>
    private const int MaximumLength = 4096;

    public string Description => path;

    public bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        var file = Directory.Exists(path) ? Path.Combine(path, TorSecretName) : path;
        if (!PrivateFile.TryRead(file, MaximumLength, out var bytes, out fault))
            return false;
        using (bytes)
        {
            if (TryParse(bytes, out key, out fault))
                return true;
            fault = $"{file}: {fault}";
            return false;
        }
    }

    private static bool TryParse(SecretBytes bytes, [NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        fault = null;
        try
        {
            if (!TorKeyFile.TryReadSecret(bytes.Span, out key) && !PemKeyFile.TryReadSecret(bytes.Span, out key))
                fault = $"is neither tor's {TorSecretName} nor a PKCS#8 PEM file with an Ed25519 key";
        }
        catch (InvalidOperationException exception)
        {
            fault = exception.Message;
        }

        return fault is null && key is not null;
    }
}
