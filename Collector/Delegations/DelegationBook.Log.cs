using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Delegations;

internal sealed partial class DelegationBook
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Service}: {Warning}")]
    private partial void LogEnding(OnionAddress service, string warning);

    [LoggerMessage(Level = LogLevel.Error, Message = "The network's time periods cannot be kept for the verbs under 'delegation': {Fault}")]
    private partial void LogTimingNotKept(string fault);
}
