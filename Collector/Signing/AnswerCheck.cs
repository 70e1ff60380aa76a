using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>
/// Whether a Signer answered what it was asked: so many descriptors of that service and period, signed, all under the
/// revision counter that it states. A Signer may offer any service, and only one that has the key can answer so. Pure.
/// </summary>
internal static class AnswerCheck
{
    internal static bool IsWhatWasAskedFor(SignedDescriptors signed, SigningJob job)
    {
        var blindedKey = job.Service.PublicKey.Blind(job.Descriptor.Period);
        return signed.Selections.Select(selection => selection.Copies.Count).SequenceEqual(job.Copies)
            && signed.Selections.SelectMany(selection => selection.Copies).All(copy =>
                OuterDescriptor.TryReadOuter(copy.Span, out var outer, out _)
                && outer.BlindedKey == blindedKey
                && outer.RevisionCounter == signed.RevisionCounter);
    }
}
