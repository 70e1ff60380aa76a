using System.Security.Cryptography;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>tor's control password, from a file of one line.</summary>
internal static class PasswordFile
{
    private const int MaxLength = 1024;

    /// <summary>Null without a file: tor is then expected to offer its cookie.</summary>
    public static ControlPassword? Reader(string? path) =>
        path is null ? null : cancellationToken => ReadAsync(path, cancellationToken);

    private static async ValueTask<byte[]?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxLength];
        try
        {
            using var file = File.OpenHandle(path);
            var length = await RandomAccess.ReadAsync(file, buffer, 0, cancellationToken).ConfigureAwait(false);
            return buffer.AsSpan(0, length).TrimEnd("\r\n"u8).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ControlException(ControlFault.AuthenticationFailed, $"the control password cannot be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }
}
