using System.Collections.Immutable;
using Grpc.Core;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>What the Signer is asked for: one master descriptor of one time period.</summary>
/// <param name="Copies">How many HSDirs get each of the plan's selections, in their order.</param>
/// <param name="Evidence">The report of each instance that a selection names.</param>
/// <param name="LastRevisionCounter">
/// The one last received for this period, 0 for none: HSDirs take none that is not above it. While an answer is lost it
/// stays, and the Signer knows the same job again.
/// </param>
internal sealed record SigningJob(
    OnionAddress Service,
    ScheduledDescriptor Descriptor,
    DateTimeOffset ConsensusValidAfter,
    TimeSpan VotingInterval,
    SelectionPlan Plan,
    ImmutableArray<int> Copies,
    ImmutableDictionary<OnionAddress, InstanceReport> Evidence,
    ulong LastRevisionCounter);

/// <summary>What became of it.</summary>
internal abstract record SigningOutcome
{
    private SigningOutcome()
    {
    }

    /// <param name="Copies">Per selection, one finished descriptor for each copy asked for.</param>
    internal sealed record Signed(string Signer, ulong RevisionCounter, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> Copies) : SigningOutcome;

    /// <summary>The Signer said no; where it is for the sake of one instance, without that instance it may say yes.</summary>
    /// <param name="Status">The kind of refusal, also where <paramref name="Reason"/> is one of a later version.</param>
    internal sealed record Refused(string Signer, SignRefusal Reason, StatusCode Status, string Detail, OnionAddress? Instance) : SigningOutcome
    {
        /// <summary>Whether it passes by itself: a token that is pulled, a disk that is full, signatures too close together.</summary>
        internal bool IsTransient => Status is StatusCode.Unavailable or StatusCode.ResourceExhausted;
    }

    /// <summary>
    /// Signed, and of no use: another Signer signed in the same second, or has a clock that is ahead. A later second gives
    /// a higher counter.
    /// </summary>
    internal sealed record Behind(string Signer) : SigningOutcome;

    /// <summary>No Signer is attached for the service, or it did not answer.</summary>
    internal sealed record Unavailable(string Problem) : SigningOutcome;

    /// <summary>How much there is to go by: what several Signers say is taken from the one that says most.</summary>
    internal int Worth => this switch
    {
        Signed => 5,
        Behind => 4,
        Refused { Instance: not null } => 3,
        Refused { IsTransient: false } => 2,
        Refused => 1,
        _ => 0,
    };
}
