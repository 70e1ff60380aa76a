using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Signer.Link;

internal sealed partial class CollectorLink
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Attached to the Collector at {Endpoint}, ready to sign.")]
    private static partial void LogAttached(ILogger logger, string endpoint);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Not attached to the Collector at {Endpoint}; dialing again until it answers. The reason: {Reason}")]
    private static partial void LogNotAttached(ILogger logger, string endpoint, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The Collector at {Endpoint} ends one stream after the other; dialing ever more slowly, up to {Seconds} s apart. The reason: {Reason}")]
    private static partial void LogTurnedAway(ILogger logger, string endpoint, double seconds, string reason);
}
