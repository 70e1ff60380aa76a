using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting.Daemon;

internal sealed partial class ServiceManager
{
    [LoggerMessage(EventName = "NotLive", Level = LogLevel.Error, Message =
        "The daemon is stuck: the watchdog is not fed any more, and systemd will start it anew.")]
    private partial void LogNotLive();

    [LoggerMessage(EventName = "NotTold", Level = LogLevel.Warning, Message = "systemd's notification socket does not answer: {Problem}")]
    private partial void LogNotTold(string problem);
}
