using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Evidence;

/// <summary>
/// Verified evidence by digest, so that its text crosses the link once. Shared by all streams: a Collector that dials
/// again need not send it again. Only what an enrolled instance signed gets in; the least used leaves when it is full.
/// </summary>
internal sealed class EvidenceStore(int capacity)
{
    /// <summary>Two periods of 256 instances, twice over.</summary>
    public const int DefaultCapacity = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Bytes32, LinkedListNode<VerifiedEvidence>> _byDigest = [];
    private readonly LinkedList<VerifiedEvidence> _byUse = new();

    public bool TryGet(Bytes32 digest, [NotNullWhen(true)] out VerifiedEvidence? evidence)
    {
        lock (_gate)
        {
            evidence = null;
            if (!_byDigest.TryGetValue(digest, out var node))
                return false;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            evidence = node.Value;
            return true;
        }
    }

    public void Add(VerifiedEvidence evidence)
    {
        lock (_gate)
        {
            if (_byDigest.ContainsKey(evidence.Digest))
                return;
            if (_byUse is { Last: { } leastUsed } && _byDigest.Count >= capacity)
            {
                _byUse.RemoveLast();
                _byDigest.Remove(leastUsed.Value.Digest);
            }

            _byDigest.Add(evidence.Digest, _byUse.AddFirst(evidence));
        }
    }
}
