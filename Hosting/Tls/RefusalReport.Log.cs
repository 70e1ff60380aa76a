using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting.Tls;

public sealed partial class RefusalReport
{
    [LoggerMessage(EventName = "PeerRefused", Level = LogLevel.Warning, Message = "{Who} was refused: {Reason}.")]
    private partial void LogRefused(string who, string reason);

    [LoggerMessage(EventName = "PeerRefusedAgain", Level = LogLevel.Warning, Message = "{Who} was refused: {Reason}. So were {Count} before it that are not told of.")]
    private partial void LogRefusedAgain(string who, string reason, int count);
}
