using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.InstanceAgent.Reporting;

internal sealed partial class CollectorLink
{
    [LoggerMessage(EventId = 1, EventName = "NotConnected", Level = LogLevel.Warning,
        Message = "Not connected to collector {Collector}, trying again: {Problem}")]
    private partial void LogNotConnected(string collector, string problem);

    [LoggerMessage(EventId = 2, EventName = "TurnedAway", Level = LogLevel.Warning,
        Message = "Collector {Collector} ends one stream after the other; dialing ever more slowly, up to {Seconds} s apart: {Problem}")]
    private partial void LogTurnedAway(string collector, double seconds, string problem);

    [LoggerMessage(EventId = 3, EventName = "TakenAgain", Level = LogLevel.Information,
        Message = "Collector {Collector} takes reports again, and goes on to")]
    private partial void LogTakenAgain(string collector);
}
