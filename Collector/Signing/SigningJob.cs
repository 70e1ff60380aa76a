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

    /// <summary>What is to be said of it when it is no signature.</summary>
    internal abstract string Problem { get; }

    /// <param name="Signer">Its name; empty by delegation.</param>
    /// <param name="Copies">Per selection, one finished descriptor for each copy asked for.</param>
    internal sealed record Signed(string Signer, ulong RevisionCounter, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> Copies) : SigningOutcome
    {
        internal SigningWay Way { get; init; } = SigningWay.Signer;

        /// <summary>Why the ways before this one were not taken; empty when it is the first.</summary>
        internal string PassedOver { get; init; } = "";

        internal override string Problem => "";
    }

    /// <summary>The Signer said no; where it is for the sake of one instance, without that instance it may say yes.</summary>
    /// <param name="Status">The kind of refusal, also where <paramref name="Reason"/> is one of a later version.</param>
    internal sealed record Refused(string Signer, SignRefusal Reason, StatusCode Status, string Detail, OnionAddress? Instance) : SigningOutcome
    {
        /// <summary>Whether it passes by itself: a token that is pulled, a disk that is full, signatures too close together.</summary>
        internal bool IsTransient => Status is StatusCode.Unavailable or StatusCode.ResourceExhausted;

        /// <summary>True when the Signer is not able to sign, or its program is at fault: it has decided nothing.</summary>
        internal bool IsOutOfOrder => Status is StatusCode.Unavailable or StatusCode.DataLoss or StatusCode.Internal;

        internal override string Problem =>
            $"Signer '{Signer}' {(IsTransient ? "cannot sign now" : "refuses to sign")}: {Reason}: {Detail}";
    }

    /// <summary>
    /// Signed, and of no use: another Signer signed in the same second, or has a clock that is ahead. A later second gives
    /// a higher counter.
    /// </summary>
    internal sealed record Behind(string Signer) : SigningOutcome
    {
        internal override string Problem =>
            $"Signer '{Signer}' signs with a revision counter that is not above the published one: it will be a second later, unless its clock is behind that of another Signer or of this host";
    }

    /// <summary>This way of signing is not there: no Signer that answers, no delegation of the period.</summary>
    internal sealed record Unavailable(string Reason) : SigningOutcome
    {
        internal override string Problem => Reason;
    }

    /// <summary>How much there is to go by: what several Signers say is taken from the one that says most.</summary>
    internal int Worth => this switch
    {
        Signed => 6,
        Behind => 5,
        Refused { Instance: not null } => 4,
        Refused { IsTransient: false, IsOutOfOrder: false } => 3,
        Refused { IsOutOfOrder: false } => 2,
        Refused => 1,
        _ => 0,
    };
}
