using System.Runtime.CompilerServices;
using OnionBalance.Split.Tor.Control.Wire;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// Reads the consensus that tor goes by. The microdescriptors, which are much longer and change little, are read again
/// only when one is needed that is not known yet: keep the reader over connections.
/// </summary>
public sealed class ConsensusReader
{
    /// <summary>Sent when a consensus has come. Its body, a line and more for every relay, is dropped on arrival.</summary>
    public const string NewConsensusKeyword = "NEWCONSENSUS";

    private const string ConsensusKey = "dir/status-vote/current/consensus-microdesc";
    private const string MicrodescriptorsKey = "md/all";

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    private MicrodescriptorIndex? _known;

    /// <summary>Null while tor has no consensus, as in the first seconds of its life.</summary>
    /// <exception cref="ControlException">When the connection fails, or tor's consensus cannot be read.</exception>
    public async Task<Consensus?> ReadAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        var limit = connection.Limits.MaxDirectoryReplyBytes;
        var reply = await connection.SendAsync(GetInfo.Command(ConsensusKey), limit, cancellationToken).ConfigureAwait(false);
        if (reply.Code == 551 || (GetInfo.TryRead(reply, ConsensusKey, out var text) && text.IsEmpty))
            return null;
        if (!reply.IsOk)
            throw ControlException.Refused("to show its consensus", reply);
        var known = _known;
        if (known is not null && ConsensusDocument.TryParse(text.Span, known, out var consensus) && consensus.UnknownHsDirs.IsEmpty)
            return consensus;
        var microdescriptors = await connection.GetInfoAsync(MicrodescriptorsKey, limit, cancellationToken).ConfigureAwait(false);
        if (!MicrodescriptorIndex.TryParse(microdescriptors.Span, out known) || !ConsensusDocument.TryParse(text.Span, known, out consensus))
            throw new ControlException(ControlFault.ProtocolViolated, "tor's consensus is not one that can be read here");
        _known = known;
        return consensus;
    }

    /// <summary>
    /// The consensus now, then each that follows; and one again when more of its HSDirs are known, as microdescriptors
    /// arrive some seconds after the consensus. Ends only with the connection or the token, by their exceptions.
    /// </summary>
    public async IAsyncEnumerable<Consensus> FollowAsync(
        ControlConnection connection,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arrivals = await connection.SubscribeAsync([NewConsensusKeyword], cancellationToken).ConfigureAwait(false);
        await using var _ = arrivals.ConfigureAwait(false);
        Consensus? last = null;
        var retry = FirstRetry;
        while (true)
        {
            while (arrivals.Events.TryRead(out var _))
                retry = FirstRetry;
            var current = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            if (current is not null && (current.ValidAfter != last?.ValidAfter || current.UnknownHsDirs.Length != last.UnknownHsDirs.Length))
                yield return last = current;
            var isWhole = current is { UnknownHsDirs.IsEmpty: true };
            await WaitAsync(arrivals, isWhole ? Timeout.InfiniteTimeSpan : retry, connection.Time, cancellationToken).ConfigureAwait(false);
            retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
        }
    }

    private static async Task WaitAsync(EventSubscription arrivals, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await arrivals.Events.WaitToReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }
}
