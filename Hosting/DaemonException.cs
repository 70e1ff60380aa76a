namespace OnionBalance.Split.Hosting;

/// <summary>
/// Ends a daemon for something that a person can cause and mend. The message is the whole of what is told: one line that
/// names the file, field or peer and what to do.
/// </summary>
public sealed class DaemonException : Exception
{
    public DaemonException(string message)
        : base(message)
    {
    }

    public DaemonException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
