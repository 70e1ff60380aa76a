using System.Collections.Immutable;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>What became of a request: one of the three.</summary>
internal abstract record SigningOutcome
{
    private SigningOutcome()
    {
    }

    /// <summary>Finished descriptors, by selection and copy, all with the one counter; the state is on disk.</summary>
    internal sealed record Signed(ulong RevisionCounter, ImmutableArray<ImmutableArray<byte[]>> Selections) : SigningOutcome;

    internal sealed record Refused(NotSigned Reason) : SigningOutcome;

    /// <summary>These pieces of evidence are not known here and came without their text.</summary>
    internal sealed record Missing(ImmutableArray<Bytes32> Digests) : SigningOutcome;
}
