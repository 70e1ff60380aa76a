using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

internal sealed partial class MetadataChannelService
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Agent '{Agent}' ({Software}) is connected; {Enrolled} of the {Named} instances it names are enrolled for it")]
    private partial void LogConnected(string agent, string software, int enrolled, int named);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Agent '{Agent}' names {Instance}, which is not enrolled for it: no reports of that are taken")]
    private partial void LogNotEnrolled(string agent, OnionAddress instance);

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent '{Agent}' is disconnected: {Why}")]
    private partial void LogDisconnected(string agent, string why);
}
