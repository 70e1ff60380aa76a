using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Control.Authentication;

/// <summary>tor's control password, from a file of one line that is read at every connection, so that a change is seen.</summary>
public static class PasswordFile
{
    private const int MaxLength = 1024;

    /// <summary>
    /// Null without a file: tor is then expected to offer its cookie. The reader throws a <see cref="ControlException"/> of
    /// <see cref="ControlFault.AuthenticationFailed"/> when the file cannot be read.
    /// </summary>
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
