using Microsoft.Extensions.Logging;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.InstanceAgent.Watching;

internal sealed partial class WatchSession
{
    [LoggerMessage(EventId = 1, EventName = "DescriptorUnreadable", Level = LogLevel.Warning,
        Message = "tor's descriptor of {Address} does not verify ({Fault}): it is not reported")]
    private partial void LogUnreadable(OnionAddress address, DescriptorFault fault);

    [LoggerMessage(EventId = 2, EventName = "NoDescriptor", Level = LogLevel.Warning,
        Message = "The tor at {Control} shows no descriptor of {Address}: is the onion service in this tor's torrc, and is tor connected to the network?")]
    private partial void LogNoDescriptor(OnionAddress address, ControlEndpoint control);

    [LoggerMessage(EventId = 3, EventName = "NotServed", Level = LogLevel.Warning,
        Message = "The tor at {Control} does not serve {Address}: check instances in the agent's configuration against the 'hostname' files of this tor")]
    private partial void LogNotServed(OnionAddress address, ControlEndpoint control);

    [LoggerMessage(EventId = 4, EventName = "NotAnInstance", Level = LogLevel.Warning,
        Message = "{Address} will not answer clients of the master address: add 'HiddenServiceOnionBalanceInstance 1' to it in the torrc and restart its tor")]
    private partial void LogNotAnInstance(OnionAddress address);

    [LoggerMessage(EventId = 5, EventName = "NoMasterNamed", Level = LogLevel.Warning,
        Message = "{Address} does not know its master: put 'MasterOnionAddress <address>' into the file ob_config of its HiddenServiceDir and restart its tor")]
    private partial void LogNoMasterNamed(OnionAddress address);
}
