using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Reads a secret's file: owner and mode of it and of every folder above are checked, and its bytes go straight into guarded memory.</summary>
internal static class PrivateFile
{
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes; a longer file is refused, and so is an empty one.</param>
    /// <param name="content">The whole file, for the caller to dispose.</param>
    /// <param name="fault">On false, one line that names the file.</param>
    public static bool TryRead(string path, int most, [NotNullWhen(true)] out SecretBytes? content, [NotNullWhen(false)] out string? fault)
    {
        content = null;
        if (!FileTrust.TryCheckPrivateFile(path, out fault))
            return false;
        try
        {
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length < 1 || length > most)
            {
                fault = $"{path} has {length} bytes; from 1 to {most} are expected";
                return false;
            }

            content = SecretBytes.Allocate((int)length);
            if (RandomAccess.Read(handle, content.Span, 0) == length)
                return true;
            fault = $"{path} changed while it was read";
        }
        catch (UnauthorizedAccessException)
        {
            fault = OwnerText.MayNotRead(path);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            fault = $"{path} cannot be read: {exception.Message}";
        }

        content?.Dispose();
        content = null;
        return false;
    }
}
