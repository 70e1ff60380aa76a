using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

internal sealed partial class ReportIntake
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a report of agent '{Agent}' for instance {Instance}: {Reason}: {Detail}")]
    private partial void LogRefused(string agent, string instance, ReportRefusal reason, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Instance {Instance} names an introduction point that instance {Rival} showed first. One of the two lies: look at both backends, and take the one that is not yours any more out of the configuration")]
    private partial void LogContested(OnionAddress instance, OnionAddress rival);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cannot store the report of instance {Instance}")]
    private partial void LogNotStored(Exception exception, OnionAddress instance);
}
