using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting.Tls;

public sealed partial class RefusalReport
{
    [LoggerMessage(EventName = "PeerRefused", Level = LogLevel.Warning, Message = "{Who} was refused: {Reason}.")]
    private partial void LogRefused(string who, string reason);

    [LoggerMessage(EventName = "PeersRefusedUntold", Level = LogLevel.Warning, Message = "{Count} more were refused in the meantime.")]
    private partial void LogUntold(int count);
}
