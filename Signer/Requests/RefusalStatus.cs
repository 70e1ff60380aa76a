using Grpc.Core;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Signer.Requests;

/// <summary>The gRPC status code that goes with each reason: what kind of refusal it is, for who does not know every reason.</summary>
internal static class RefusalStatus
{
    public static StatusCode Of(SignRefusal reason) => reason switch
    {
        // The request is wrong in itself, whoever is asked and whenever.
        SignRefusal.Malformed
            or SignRefusal.TooLarge
            or SignRefusal.NoPoints
            or SignRefusal.TooManyPoints
            or SignRefusal.PointRepeated
            or SignRefusal.PointWithoutEvidence
            or SignRefusal.PointNotInEvidence
            or SignRefusal.PointOfTwoInstances
            or SignRefusal.EvidenceDigest
            or SignRefusal.EvidenceWrongKey
            or SignRefusal.EvidenceMalformed
            or SignRefusal.EvidenceNotAuthentic
            or SignRefusal.EvidenceClientAuthorization => StatusCode.InvalidArgument,

        SignRefusal.UnknownService => StatusCode.NotFound,

        // The operator does not allow it.
        SignRefusal.InstanceNotEnrolled
            or SignRefusal.CollectorNotAllowed
            or SignRefusal.RequestNotAllowed
            or SignRefusal.PeriodNotAllowed
            or SignRefusal.MorePointsThanAllowed => StatusCode.PermissionDenied,

        // Not at this time.
        SignRefusal.ConsensusTime
            or SignRefusal.ConsensusFromFuture
            or SignRefusal.PeriodOutsideWindow
            or SignRefusal.RoleOfAnotherPeriod => StatusCode.OutOfRange,

        // Not as things stand: other evidence or another configuration is wanted first.
        SignRefusal.EvidenceExpired
            or SignRefusal.EvidenceTooOld
            or SignRefusal.EvidenceFromFuture
            or SignRefusal.EvidenceRevisionTooLow
            or SignRefusal.Network
            or SignRefusal.ServiceDisabled
            or SignRefusal.ServiceStopped
            or SignRefusal.RevisionCounter
            or SignRefusal.KeyOfAnotherService => StatusCode.FailedPrecondition,

        // What must not be lost is lost, until an operator mends it.
        SignRefusal.StateLost
            or SignRefusal.StateDamaged
            or SignRefusal.StateTooOld
            or SignRefusal.AuditLost => StatusCode.DataLoss,

        // It passes.
        SignRefusal.KeyUnavailable
            or SignRefusal.StateUnavailable
            or SignRefusal.AuditUnavailable => StatusCode.Unavailable,
        SignRefusal.Rate or SignRefusal.RequestRate => StatusCode.ResourceExhausted,

        // Lint, a fault of ours, and a reason that this table was not told of.
        _ => StatusCode.Internal,
    };
}
