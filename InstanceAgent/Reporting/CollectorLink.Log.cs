using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.InstanceAgent.Reporting;

internal sealed partial class CollectorLink
{
    [LoggerMessage(EventId = 1, EventName = "NotConnected", Level = LogLevel.Warning,
        Message = "Not connected to collector {Collector}, trying again: {Problem}")]
    private partial void LogNotConnected(string collector, string problem);
}
