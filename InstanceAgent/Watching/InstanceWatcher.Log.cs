using Microsoft.Extensions.Logging;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Watching;

internal sealed partial class InstanceWatcher
{
    [LoggerMessage(EventId = 1, EventName = "InstancePresent", Level = LogLevel.Information,
        Message = "{Address} has {Points} introduction points in period {Period}, revision {Revision}")]
    private partial void LogPresent(OnionAddress address, Tor.Protocol.TimePeriod period, ulong revision, int points);

    [LoggerMessage(EventId = 2, EventName = "InstanceLost", Level = LogLevel.Warning,
        Message = "{Address} cannot be reached ({Reason}): Collectors are told to leave it out")]
    private partial void LogLost(OnionAddress address, LossReason reason);
}
