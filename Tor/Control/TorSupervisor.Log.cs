using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Tor.Control;

public sealed partial class TorSupervisor
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to tor {Version} at {Endpoint}.")]
    private partial void LogConnected(ControlEndpoint endpoint, string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost tor at {Endpoint}: {Reason}. Connecting again.")]
    private partial void LogLost(ControlEndpoint endpoint, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot reach tor, and keep trying. {Reason}")]
    private partial void LogCannotConnect(string reason);
}
