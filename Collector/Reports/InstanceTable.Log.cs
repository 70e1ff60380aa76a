using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

internal sealed partial class InstanceTable
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Instance {Instance} is present with {Points} introduction points")]
    private partial void LogPresent(OnionAddress instance, int points);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance} is lost: {Why}")]
    private partial void LogLost(OnionAddress instance, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance} is lost: its agent did not report it again within the grace period of {Seconds} s")]
    private partial void LogGraceEnded(OnionAddress instance, double seconds);
}
