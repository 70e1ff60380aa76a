using System.Diagnostics.CodeAnalysis;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>tor's own key directory (HiddenServiceDir): the secret, the public key and the address, a file each.</summary>
internal static class TorKeyDirectory
{
    internal const string SecretName = "hs_ed25519_secret_key";
    internal const string PublicName = "hs_ed25519_public_key";
    internal const string HostName = "hostname";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The secret's file: what the path names, or what is in the folder that it names.</summary>
    public static string SecretIn(string path) => Directory.Exists(path) ? Path.Combine(path, SecretName) : path;

    /// <summary>Whether a key could be put there: the folder may be there, without a key in it, or be made in one that is there.</summary>
    public static bool TryCheckRoom(string folder, [NotNullWhen(false)] out string? fault)
    {
        if (!Directory.Exists(folder))
            return NewFile.TryCheckRoom(folder, out fault);
        if (FilesOf(folder).FirstOrDefault(NewFile.IsThere) is { } there)
            fault = $"{there} exists already and is not overwritten: choose another folder";
        else if (FileTrust.TryCheckDirectory(folder, out fault) && WritableFolder.TryCheck(folder, out fault))
            return true;
        return false;
    }

    /// <summary>Makes the folder, of mode 0700, where it is missing. The secret comes first: where it is, the key is.</summary>
    public static bool TryWrite(string folder, IdentitySecretKey key, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            Directory.CreateDirectory(folder, Private);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"{folder} cannot be made: {exception.Message}";
            return false;
        }

        using var secret = TorKeyFile.WriteSecret(key);
        var address = Encoding.ASCII.GetBytes(OnionAddress.From(key.PublicKey).ToFullString() + "\n");
        return NewFile.TryWrite(Path.Combine(folder, SecretName), secret.Span, out fault)
            && NewFile.TryWrite(Path.Combine(folder, PublicName), TorKeyFile.WritePublic(key.PublicKey), out fault)
            && NewFile.TryWrite(Path.Combine(folder, HostName), address, out fault);
    }

    /// <summary>Where the public key's file or the address beside a secret is another's, in one line; null where they agree or are not there.</summary>
    public static string? Fault(string folder, IdentityPublicKey key)
    {
        var (publicFile, hostFile) = (Path.Combine(folder, PublicName), Path.Combine(folder, HostName));
        try
        {
            if (File.Exists(publicFile) && (!TorKeyFile.TryReadPublic(ReadSmall(publicFile), out var written) || written != key))
                return $"{publicFile} is not the public key of the secret beside it";
            return File.Exists(hostFile) && (!OnionAddress.TryParse(Encoding.ASCII.GetString(ReadSmall(hostFile)).TrimEnd('\n'), out var address) || address.PublicKey != key)
                ? $"{hostFile} is not the address of the secret beside it"
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{folder} cannot be read: {exception.Message}";
        }
    }

    /// <summary>Both files have fewer bytes than this.</summary>
    private static byte[] ReadSmall(string path)
    {
        var bytes = new byte[128];
        using var handle = File.OpenHandle(path);
        return bytes[..RandomAccess.Read(handle, bytes, 0)];
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        ((string[])[SecretName, PublicName, HostName]).Select(name => Path.Combine(folder, name));
}
