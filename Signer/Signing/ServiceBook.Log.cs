using Microsoft.Extensions.Logging;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Signing;

internal sealed partial class ServiceBook
{
    [LoggerMessage(EventName = "SigningFor", Level = LogLevel.Information, Message =
        "Signing for {Service}: {Instances} enrolled, key in {Key}.")]
    private static partial void LogSigningFor(ILogger logger, OnionAddress service, string instances, string key);

    [LoggerMessage(EventName = "NotSigning", Level = LogLevel.Error, Message = "Not signing for {Service}: {Fault}")]
    private static partial void LogNotSigning(ILogger logger, OnionAddress service, string fault);
}
