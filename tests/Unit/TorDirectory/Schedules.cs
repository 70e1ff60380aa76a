using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

internal static class Schedules
{
    internal static Consensus Consensus(DateTimeOffset validAfter, TimeSpan interval, Bytes32? current = null, Bytes32? previous = null) =>
        new(validAfter, validAfter + interval, validAfter + 3 * interval, ConsensusParameters.Default, current, previous, [], []);

    /// <summary>A network's consensus of a moment, with shared random values that name their runs.</summary>
    internal static Consensus Consensus(NetworkTiming timing, DateTimeOffset validAfter)
    {
        var run = validAfter.ToUnixTimeSeconds() / (long)timing.SharedRandomRun.TotalSeconds;
        return Consensus(validAfter, timing.VotingInterval, Value(run), Value(run - 1));
    }

    private static Bytes32 Value(long run)
    {
        var bytes = new byte[32];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, run);
        return Bytes32.Create(bytes);
    }
}
