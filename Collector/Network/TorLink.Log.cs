namespace OnionBalance.Split.Collector.Network;

internal sealed partial class TorLink
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Going by the consensus valid after {ValidAfter:u}: {HsDirs} HSDirs known, {Unknown} still unknown to tor")]
    private partial void LogConsensus(DateTimeOffset validAfter, int hsDirs, int unknown);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cannot publish by tor's consensus: {Problem}")]
    private partial void LogUnusableConsensus(string problem);
}
