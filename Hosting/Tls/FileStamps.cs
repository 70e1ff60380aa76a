namespace OnionBalance.Split.Hosting.Tls;

/// <summary>Size and time of change of each file: enough to see that they are not the same any more.</summary>
internal readonly record struct FileStamps((DateTime, long) Certificate, (DateTime, long) Key, (DateTime, long) Ca)
{
    public static FileStamps Of(TlsFiles files) => new(Of(files.Certificate), Of(files.Key), Of(files.Ca));

    private static (DateTime, long) Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            // Through links, as with a folder of credentials that is exchanged whole.
            var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return (target.LastWriteTimeUtc, target.Exists ? target.Length : -1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (default, -1);
        }
    }
}
