using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Collector.Reports;

internal sealed partial class ReportStore
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{File} is damaged ({Fault}) and was set aside as {Aside}; its instance is awaited until its agent reports it again")]
    private partial void LogSetAside(string file, DescriptorFault fault, string aside);

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} is damaged and was set aside as {Aside}; what that instance has shown is known from its last reports alone")]
    private partial void LogPointsSetAside(string file, string aside);

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} was set aside as {Aside}: instance {Instance} names an introduction point there that another instance showed first. One of the two lies: look at both backends")]
    private partial void LogContested(string file, OnionAddress instance, string aside);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot write down that instance {Instance} is lost: {Problem}; a restart would take it for present until the grace period ends")]
    private partial void LogNotMarked(OnionAddress instance, string problem);
}
