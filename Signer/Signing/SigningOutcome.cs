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
    /// <param name="StateSerial">Which write of the state has the counter.</param>
    internal sealed record Signed(ulong RevisionCounter, ulong StateSerial, ImmutableArray<ImmutableArray<byte[]>> Selections) : SigningOutcome
    {
        /// <summary>Whether they were signed for this same request before.</summary>
        public bool IsRepeated { get; init; }
    }

    internal sealed record Refused(NotSigned Reason) : SigningOutcome;

    /// <summary>These pieces of evidence are not known here and came without their text.</summary>
    internal sealed record Missing(ImmutableArray<Bytes32> Digests) : SigningOutcome;
}
