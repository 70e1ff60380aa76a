namespace OnionBalance.Split.Collector.Reports;

internal sealed partial class MetadataChannelService
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Agent '{Agent}' ({Software}) is connected; {Enrolled} of the {Named} instances it names are enrolled for it")]
    private partial void LogConnected(string agent, string software, int enrolled, int named);

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent '{Agent}' is disconnected: {Why}")]
    private partial void LogDisconnected(string agent, string why);
}
