using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>
/// A permanent key in a file: tor's hs_ed25519_secret_key (the file or the directory it lies in), or PKCS#8 PEM. Owner
/// and mode of the file and of every folder above it are checked at each use, and the bytes go from the file straight
/// into guarded memory.
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
        try
        {
            var file = Directory.Exists(path) ? Path.Combine(path, TorSecretName) : path;
            if (!FileTrust.TryCheckPrivateFile(file, out fault))
                return false;
            using var handle = File.OpenHandle(file);
            var length = RandomAccess.GetLength(handle);
            if (length is < 1 or > MaximumLength)
            {
                fault = $"{file} has {length} bytes, which is no key file";
                return false;
            }

            using var bytes = SecretBytes.Allocate((int)length);
            if (RandomAccess.Read(handle, bytes.Span, 0) == length
                && (TorKeyFile.TryReadSecret(bytes.Span, out key) || PemKeyFile.TryReadSecret(bytes.Span, out key)))
            {
                fault = null;
                return true;
            }

            fault = $"{file} is neither tor's {TorSecretName} nor a PKCS#8 PEM file with an Ed25519 key";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"the key {path} cannot be read: {exception.Message}";
        }

        return false;
    }
}
