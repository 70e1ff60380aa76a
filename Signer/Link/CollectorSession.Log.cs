using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Signer.Link;

internal sealed partial class CollectorSession
{
    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The Collector has more than {Most} requests open, which no honest one does: leaving its stream and dialing again.")]
    private static partial void LogTooManyOpen(ILogger logger, int most);
}
