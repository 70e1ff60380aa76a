namespace OnionBalance.Split.Tor.Control.Authentication;

/// <summary>
/// The cookie that tor writes at start. control-spec 3.21: exactly 32 bytes or not used at all, so that a false tor
/// cannot make us prove things about arbitrary files.
/// </summary>
internal static class CookieFile
{
    public static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = new byte[SafeCookie.CookieLength];
        try
        {
            // Before it is opened, too: to open a FIFO would take until somebody writes to it.
            var named = new FileInfo(path);
            if ((named.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? named).Length != SafeCookie.CookieLength)
                throw WrongLength();
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
            await using var _ = file.ConfigureAwait(false);
            if (file.Length != SafeCookie.CookieLength)
                throw WrongLength();
            await file.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes;
        }
        catch (UnauthorizedAccessException e)
        {
            throw Failed($"may not be read by this user: add the user to the group that owns it (Debian: debian-tor, with CookieAuthFileGroupReadable 1)", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Failed("is not there: is this tor on another machine or in a container?", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw Failed($"cannot be read: {e.Message}", e);
        }

        ControlException WrongLength() => Failed($"is not {SafeCookie.CookieLength} bytes long, so it is no cookie of tor's", null);

        ControlException Failed(string what, Exception? inner) =>
            new(ControlFault.AuthenticationFailed, $"tor's cookie file {path} {what}", inner);
    }
}
