namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>
/// Chooses the faults of one link that are worth a line: a peer that is down for an hour is one in the log, not a thousand;
/// one that ends every stream is two.
/// </summary>
public sealed class LinkTeller(Redial redial)
{
    private string? _last;

    /// <summary>To be asked of every fault, after <see cref="Redial.Next"/>.</summary>
    /// <param name="wasTaken">The peer had taken the stream that ended with it.</param>
    public LinkNews NewsOf(LinkFault fault, bool wasTaken)
    {
        var isNew = wasTaken || fault.Problem != _last;
        _last = fault.Problem;
        if (fault.IsByPeer && redial.IsRow)
            return redial.TurnedAway == 2 ? LinkNews.TurnedAway : LinkNews.None;
        return isNew ? LinkNews.NotConnected : LinkNews.None;
    }
}
