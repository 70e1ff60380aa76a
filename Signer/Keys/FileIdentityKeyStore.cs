using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>
/// A permanent key in a file: tor's hs_ed25519_secret_key (the file or the directory it lies in), or PKCS#8 PEM. Owner
/// and mode of the file and of every folder above it are checked at each use. A new one is made as tor's directory.
/// </summary>
internal sealed class FileIdentityKeyStore(string path) : INewKeyStore
{
    /// <summary>A PEM file may carry a comment; nothing longer is a key.</summary>
    private const int MaximumLength = 4096;

    public string Description => path;

    public bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        var file = TorKeyDirectory.SecretIn(path);
        if (!PrivateFile.TryRead(file, MaximumLength, out var bytes, out fault))
            return false;
        using (bytes)
        {
            if (TryParse(bytes, out key, out fault))
                return true;
            fault = bytes.Span.IndexOf("-----BEGIN ENCRYPTED PRIVATE KEY-----"u8) >= 0
                ? $"{file}: is an encrypted PKCS#8 PEM file; decrypt it, into a folder in memory, with 'openssl pkey -in {file} -out /dev/shm/key.pem', and name that"
                : $"{file}: {fault}";
            return false;
        }
    }

    public bool TryCheckRoom([NotNullWhen(false)] out string? fault) => TorKeyDirectory.TryCheckRoom(path, out fault);

    public bool TryCreate(IdentitySecretKey key, [NotNullWhen(false)] out string? fault) => TorKeyDirectory.TryWrite(path, key, out fault);

    private static bool TryParse(SecretBytes bytes, [NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        fault = null;
        try
        {
            if (!TorKeyFile.TryReadSecret(bytes.Span, out key) && !PemKeyFile.TryReadSecret(bytes.Span, out key))
                fault = $"is neither tor's {TorKeyDirectory.SecretName} nor an unencrypted PKCS#8 PEM file with an Ed25519 key; a sealed file is named as one";
        }
        catch (InvalidOperationException exception)
        {
            fault = exception.Message;
        }

        return fault is null && key is not null;
    }
}
