using System.Collections.Frozen;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Signer.Policy;

/// <summary>Whom one service is signed for: the instances its operator enrolled, and their counters only ever up. Pure.</summary>
internal sealed class ServicePolicy(IEnumerable<OnionAddress> instances)
{
    private readonly FrozenSet<OnionAddress> _instances = instances.ToFrozenSet();

    public NotSigned? CheckEnrolled(OnionAddress instance) =>
        _instances.Contains(instance)
            ? null
            : new NotSigned(SignRefusal.InstanceNotEnrolled, $"{instance} is not among the instances enrolled for this service", instance);

    /// <summary>An instance's older descriptor is refused once a newer one was seen: nobody rolls its introduction points back.</summary>
    public static NotSigned? CheckRevision(OnionAddress instance, HsDescriptor descriptor, SigningState state) =>
        state.TryHighest(new InstanceCounterKey(instance, descriptor.BlindedKey.Bytes), out var highest)
        && descriptor.RevisionCounter < highest.Counter
            ? new NotSigned(
                SignRefusal.EvidenceRevisionTooLow,
                $"the descriptor of {instance} has revision counter {descriptor.RevisionCounter}, and {highest.Counter} was seen before",
                instance)
            : null;
}
