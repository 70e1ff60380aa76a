using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Collector.Reports;

internal sealed partial class ReportStore
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{File} is damaged ({Fault}) and was set aside as {Aside}; its instance is awaited until its agent reports it again")]
    private partial void LogSetAside(string file, DescriptorFault fault, string aside);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot write down that instance {Instance} is lost: {Problem}; a restart would take it for present until the grace period ends")]
    private partial void LogNotMarked(OnionAddress instance, string problem);
}
