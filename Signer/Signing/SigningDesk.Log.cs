using Microsoft.Extensions.Logging;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Signing;

internal sealed partial class SigningDesk
{
    [LoggerMessage(Level = LogLevel.Information, Message =
        "Signed {Descriptors} descriptors of {Service} for period {Period}: {Points} introduction points of {Instances} instances, revision counter {RevisionCounter}.")]
    private static partial void LogSigned(
        ILogger logger, int descriptors, OnionAddress service, TimePeriod period, int points, int instances, ulong revisionCounter);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Answered for {Service} and period {Period} once more as before: the request was the same, revision counter {RevisionCounter}.")]
    private static partial void LogRepeated(ILogger logger, OnionAddress service, TimePeriod period, ulong revisionCounter);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused to sign for {Service} ({Reason}): {Detail}.")]
    private static partial void LogRefused(ILogger logger, OnionAddress? service, SignRefusal reason, string detail);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Asked for {Count} instance descriptors of {Service} again: they are no longer remembered.")]
    private static partial void LogMissing(ILogger logger, int count, OnionAddress service);

    [LoggerMessage(Level = LogLevel.Error, Message = "Signing for {Service} failed by a fault of this program; nothing was released.")]
    private static partial void LogFault(ILogger logger, Exception exception, OnionAddress service);
}
