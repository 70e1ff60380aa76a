using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting;

public sealed partial class MutualTlsIdentity
{
    [LoggerMessage(EventName = "CertificateReloaded", Level = LogLevel.Information, Message =
        "New TLS files are in force for new connections: {Own}, valid until {NotAfter:u}.")]
    private partial void LogReloaded(PeerIdentity own, DateTimeOffset notAfter);

    [LoggerMessage(EventName = "CertificateKept", Level = LogLevel.Error, Message =
        "The TLS files have changed and cannot be used; the old ones stay in force. {Problem}")]
    private partial void LogKeptOld(string problem);

    [LoggerMessage(EventName = "CertificateExpires", Level = LogLevel.Warning, Message =
        "{Path} expires on {NotAfter:u}: issue a new certificate before that; it is taken up without a restart.")]
    private partial void LogExpiresSoon(string path, DateTimeOffset notAfter);
}
