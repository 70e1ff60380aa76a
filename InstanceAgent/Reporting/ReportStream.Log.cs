using Microsoft.Extensions.Logging;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Reporting;

internal sealed partial class ReportStream
{
    [LoggerMessage(EventId = 1, EventName = "Welcomed", Level = LogLevel.Information,
        Message = "Collector {Collector} takes reports of {Instances} ({Software})")]
    private partial void LogWelcome(string collector, string instances, string software);

    [LoggerMessage(EventId = 2, EventName = "NotEnrolled", Level = LogLevel.Warning,
        Message = "Collector {Collector} takes no reports of {Instance}: enrol it there under this agent's name, if it belongs there")]
    private partial void LogNotEnrolled(string collector, OnionAddress instance);

    [LoggerMessage(EventId = 3, EventName = "ReportRefused", Level = LogLevel.Warning,
        Message = "Collector {Collector} refused a report of {Instance} ({Reason}): {Detail}")]
    private partial void LogRefused(string collector, OnionAddress instance, ReportRefusal reason, string detail);
}
