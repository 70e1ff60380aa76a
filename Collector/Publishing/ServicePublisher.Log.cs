using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Publishing;

internal sealed partial class ServicePublisher
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Publishing {Service}: {Which} descriptor, period {Period}, {Points} introduction points of {Instances} instances, because {Reason}, signed by {Way}")]
    private partial void LogPublishing(OnionAddress service, WhichDescriptor which, TimePeriod period, int points, int instances, PublishReason reason, SigningWay way);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No instance of {Service} is left: its last descriptor stays as it is and leads clients to introduction points that are gone. Look at the backends and their agents")]
    private partial void LogEmptied(OnionAddress service);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service} waits for the first report of an instance")]
    private partial void LogAwaiting(OnionAddress service);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot publish {Service} anew: {Problem}")]
    private partial void LogProblem(OnionAddress service, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Service} is now signed by {Way}, because {Problem}")]
    private partial void LogPassedOver(OnionAddress service, SigningWay way, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service} is signed by {Way} again, as its configuration would have it first")]
    private partial void LogFirstWayAgain(OnionAddress service, SigningWay way);

    [LoggerMessage(Level = LogLevel.Error, Message = "Instance {Instance} is left out of {Service} for a while: Signer '{Signer}' will not have it: {Reason}: {Detail}")]
    private partial void LogLeftOut(OnionAddress instance, OnionAddress service, string signer, SignRefusal reason, string detail);
}
