using Google.Protobuf;
using Grpc.Core;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Policy;
using static OnionBalance.Split.Protos.SignRefusal;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>One thing that an attacker or an accident may try, and what it meets.</summary>
internal sealed record Misuse(SignRefusal Reason, StatusCode Status, Func<Attacker, SignRequest> Make)
{
    /// <summary>The policy that it breaks, where it is not the usual one.</summary>
    public RequestPolicy Policy { get; init; } = RequestPolicy.Default;

    /// <summary>What happened to the Signer before.</summary>
    public Action<Attacker>? Before { get; init; }

    /// <summary>False where it is only counted, by a line of its own.</summary>
    public bool IsRead { get; init; } = true;

    public static IReadOnlyDictionary<string, Misuse> All { get; } = new Dictionary<string, Misuse>(
        [.. Shapes, .. Selections, .. Times, .. Evidence, .. Policies, .. Losses], StringComparer.Ordinal);

    private static Dictionary<string, Misuse> Shapes => new()
    {
        ["no service"] = Changing(Malformed, r => r.ServiceAddress = ""),
        ["a v2 address"] = Changing(Malformed, r => r.ServiceAddress = "expyuzz4wqqyqhjn.onion"),
        ["no period"] = Changing(Malformed, r => r.TimePeriod = null),
        ["a role of a later version"] = Changing(Malformed, r => r.Role = (DescriptorRole)9),
        ["no consensus time"] = Changing(Malformed, r => r.ConsensusValidAfter = 0),
        ["a digest of 31 bytes"] = Changing(Malformed, r => r.Evidence[0].Digest = ByteString.CopyFrom(new byte[31])),
        ["an empty text"] = Changing(Malformed, r => r.Evidence[0].Text = ByteString.Empty),
        ["an introduction point of 5 bytes"] = Changing(Malformed, r => r.Selections[0].Points[0].AuthKey = ByteString.CopyFrom(new byte[5])),
        ["no copies"] = Changing(Malformed, r => r.Selections[0].Copies = 0),
        ["copies by the billion"] = Changing(TooLarge, r => r.Selections[0].Copies = uint.MaxValue),
        ["129 pieces of evidence"] = Changing(TooLarge, r => r.Evidence.Add(Enumerable.Repeat(r.Evidence[0], 127))),
        ["33 selections"] = Changing(TooLarge, r => r.Selections.Add(Enumerable.Repeat(r.Selections[0], 32))),
        ["a text longer than any descriptor"] = Changing(TooLarge, r => r.Evidence[0].Text = ByteString.CopyFrom(new byte[50_001])),
        ["a service that is not ours"] = new(UnknownService, StatusCode.NotFound, a => a.Changed(r => r.ServiceAddress = a.Stranger.Address.ToFullString())),
    };

    private static Dictionary<string, Misuse> Selections => new()
    {
        ["no points"] = Changing(NoPoints, r => r.Selections[0].Points.Clear()),
        ["nothing at all"] = Changing(NoPoints, r => r.Selections.Clear()),
        ["more points than clients take"] = Changing(TooManyPoints, r => r.Selections[0].Points.Add(
            Enumerable.Range(0, 15).Select(_ => SigningBench.Name(0, Instance.RandomPoint())))),
        ["a point twice"] = Changing(PointRepeated, r => r.Selections[0].Points.Add(r.Selections[0].Points[0])),
        ["a point twice, from two descriptors of its instance"] = new(PointRepeated, StatusCode.InvalidArgument, a => a.Changed(r =>
        {
            r.Evidence.Add(a.Bench.A.Show(a.Bench.A.Describe(a.Bench.Period.Previous, a.Bench.Time.GetUtcNow())));
            r.Selections[0].Points.Add(SigningBench.Name(2, a.Bench.A.Points[0]));
        })),
        ["a point of evidence that was not sent"] = Changing(PointWithoutEvidence, r => r.Selections[0].Points[0].Evidence = 2),
        ["a foreign point, named in an honest descriptor"] = Changing(PointNotInEvidence, r =>
            r.Selections[0].Points.Add(SigningBench.Name(0, Instance.RandomPoint()))),
        ["a stranger's point, named in an honest descriptor"] = new(PointNotInEvidence, StatusCode.InvalidArgument, a =>
            a.Changed(r => r.Selections[0].Points[0] = SigningBench.Name(0, a.Stranger.Points[0]))),
        ["a point of one instance, named in the other's descriptor"] = new(PointNotInEvidence, StatusCode.InvalidArgument, a =>
            a.Changed(r => r.Selections[0].Points[0] = SigningBench.Name(1, a.Bench.A.Points[0]))),
        ["a foreign point in the last of several selections"] = Changing(PointNotInEvidence, r =>
            r.Selections.Add(new Selection { Copies = 1, Points = { SigningBench.Name(0, Instance.RandomPoint()) } })),
        ["a point of one instance, which another names with a key of its own"] = new(PointOfTwoInstances, StatusCode.InvalidArgument, a =>
            a.Bench.Ask([a.Shown(a.Bench.A), a.Robbing(a.Bench.B, a.Bench.A)], [SigningBench.Name(1, a.Bench.A.Points[0])])),
        ["such a point beside an honest selection"] = new(PointOfTwoInstances, StatusCode.InvalidArgument, a =>
            a.Bench.Ask([a.Robbing(a.Bench.B, a.Bench.A), a.Shown(a.Bench.A)], [SigningBench.Name(1, a.Bench.A.Points[0])])),
        ["such a point in another period's descriptor"] = new(PointOfTwoInstances, StatusCode.InvalidArgument, a =>
            a.Bench.Ask([a.Shown(a.Bench.A), a.Robbing(a.Bench.B, a.Bench.A, a.Bench.Period.Next)], [SigningBench.Name(0, a.Bench.A.Points[1])])),
    };

    private static Dictionary<string, Misuse> Times => new()
    {
        ["a period long gone"] = Changing(PeriodOutsideWindow, r => r.TimePeriod.Number -= 2, StatusCode.OutOfRange),
        ["a period to come"] = Changing(PeriodOutsideWindow, r => r.TimePeriod.Number += 2, StatusCode.OutOfRange),
        ["the other descriptor's role"] = Changing(RoleOfAnotherPeriod, r => r.Role = DescriptorRole.First, StatusCode.OutOfRange),
        ["the next period before its time"] = Changing(RoleOfAnotherPeriod, r => r.TimePeriod.Number++, StatusCode.OutOfRange),
        ["a consensus of last week"] = Changing(ConsensusTime, r => r.ConsensusValidAfter -= 7 * 86_400, StatusCode.OutOfRange),
        ["a consensus of tomorrow"] = Changing(ConsensusFromFuture, r => r.ConsensusValidAfter += 86_400, StatusCode.OutOfRange),
        ["another network's voting interval"] = Changing(Network, r => r.VotingInterval = 10, StatusCode.FailedPrecondition),
        ["another network's period"] = Changing(Network, r => r.TimePeriod.LengthMinutes = 4, StatusCode.FailedPrecondition),
    };

    private static Dictionary<string, Misuse> Evidence => new()
    {
        ["an instance that is not enrolled"] = new(InstanceNotEnrolled, StatusCode.PermissionDenied, a => a.Showing(a.Stranger, a.Describe(a.Stranger))),
        ["a stranger's descriptor under an enrolled instance's name"] = new(EvidenceWrongKey, StatusCode.InvalidArgument, a => a.Renamed(a.Stranger, a.Bench.A)),
        ["an enrolled instance's descriptor under the other's name"] = new(EvidenceWrongKey, StatusCode.InvalidArgument, a => a.Renamed(a.Bench.A, a.Bench.B)),
        ["a descriptor of a period long gone"] = new(EvidenceWrongKey, StatusCode.InvalidArgument, a =>
            a.Showing(a.Bench.A, a.Bench.A.Describe(a.Bench.Period.Previous.Previous, a.Bench.Time.GetUtcNow()))),
        ["a descriptor that its digest does not name"] = Changing(EvidenceDigest, r => r.Evidence[0].Text = r.Evidence[1].Text),
        ["a descriptor with a changed byte"] = Forging(EvidenceNotAuthentic, Attacker.WithFlippedByte),
        ["a descriptor with the revision counter written higher"] = Forging(EvidenceNotAuthentic, text => Attacker.With(text, "revision-counter 1000\n", "revision-counter 9000\n")),
        ["a descriptor with its lifetime written longer"] = Forging(EvidenceNotAuthentic, text => Attacker.With(text, "descriptor-lifetime 180\n", "descriptor-lifetime 240\n")),
        ["bytes that are no descriptor"] = Forging(EvidenceMalformed, _ => Attacker.Noise()),
        ["a descriptor with its end cut off"] = Forging(EvidenceMalformed, text => text[..^200]),
        ["a descriptor of a version to come"] = Forging(EvidenceMalformed, text => Attacker.With(text, "hs-descriptor 3\n", "hs-descriptor 4\n")),
        ["a descriptor for chosen clients alone"] = new(EvidenceClientAuthorization, StatusCode.InvalidArgument, a => a.Restricted()),
        ["a descriptor whose certificate ran out"] = new(EvidenceExpired, StatusCode.FailedPrecondition, a => a.Showing(a.Bench.A, a.Describe(a.Bench.A, hours: -56))),
        ["a descriptor certified for longer than tor would"] = new(EvidenceFromFuture, StatusCode.FailedPrecondition, a => a.Showing(a.Bench.A, a.Describe(a.Bench.A, hours: 24))),
        ["a descriptor older than one shown beside it"] = new(EvidenceRevisionTooLow, StatusCode.FailedPrecondition, a =>
            a.Changed(r => r.Evidence.Add(a.Bench.A.Show(a.Describe(a.Bench.A, 999))))),
    };

    private static Dictionary<string, Misuse> Policies => new()
    {
        ["a service that is not enabled"] = Breaking(ServiceDisabled, StatusCode.FailedPrecondition, RequestPolicy.Default with { Enabled = false }),
        ["a service past its planned stop"] = Breaking(ServiceStopped, StatusCode.FailedPrecondition, RequestPolicy.Default with { StopAt = DateTimeOffset.UnixEpoch }),
        ["a Collector that may not ask"] = Breaking(CollectorNotAllowed, StatusCode.PermissionDenied, RequestPolicy.Default with { Collectors = ["another"] }),
        ["a kind of request that is not allowed"] = Breaking(RequestNotAllowed, StatusCode.PermissionDenied, RequestPolicy.Default with { Descriptors = false }),
        ["a period that the policy does not name"] = Breaking(PeriodNotAllowed, StatusCode.PermissionDenied, RequestPolicy.Default with { Periods = [PeriodPlace.Next] }),
        ["more points than the policy allows"] = Breaking(MorePointsThanAllowed, StatusCode.PermissionDenied, RequestPolicy.Default with { MostIntroductionPoints = 5 }),
        ["evidence older than the policy takes"] = new(EvidenceTooOld, StatusCode.FailedPrecondition, a => a.Showing(a.Bench.A, a.Describe(a.Bench.A, hours: -9)))
        {
            Policy = RequestPolicy.Default with { OldestEvidence = TimeSpan.FromHours(6) },
        },
        ["a signature too soon after the last"] = Breaking(Rate, StatusCode.ResourceExhausted, RequestPolicy.Default with { Rate = new(1, TimeSpan.FromSeconds(1)) }) with { Before = a => a.Sign() },
        ["a request after too many in vain"] = Losing(RequestRate, StatusCode.ResourceExhausted, a => a.Exhaust()) with { IsRead = false },
    };

    private static Dictionary<string, Misuse> Losses => new()
    {
        ["a key that is gone"] = Losing(KeyUnavailable, StatusCode.Unavailable, a => File.Delete(a.Bench.KeyFile)),
        ["a key that others can read"] = Losing(KeyUnavailable, StatusCode.Unavailable, a => a.OpenKeyToOthers()),
        ["the key of another service"] = Losing(KeyOfAnotherService, StatusCode.FailedPrecondition, a => a.ExchangeKey()),
        ["a state that is gone"] = Losing(StateLost, StatusCode.DataLoss, a => a.DeleteState()),
        ["a state that is cut short"] = Losing(StateDamaged, StatusCode.DataLoss, a => a.CutState()),
        ["the state of another service"] = Losing(StateDamaged, StatusCode.DataLoss, a => a.TakeAnothersState()),
        ["a state from an older copy"] = Losing(StateTooOld, StatusCode.DataLoss, a => a.PutBackOldState()),
        ["a state that cannot be written"] = Losing(StateUnavailable, StatusCode.Unavailable, a => a.BlockState()),
        ["no revision counter left"] = Losing(RevisionCounter, StatusCode.FailedPrecondition, a => a.ExhaustCounters()),
    };

    private static Misuse Changing(SignRefusal reason, Action<SignRequest> change, StatusCode status = StatusCode.InvalidArgument) =>
        new(reason, status, attacker => attacker.Changed(change));

    private static Misuse Forging(SignRefusal reason, Func<byte[], byte[]> forge) =>
        new(reason, StatusCode.InvalidArgument, attacker => attacker.Showing(attacker.Bench.A, forge(attacker.Describe(attacker.Bench.A))));

    private static Misuse Breaking(SignRefusal reason, StatusCode status, RequestPolicy policy) =>
        new(reason, status, attacker => attacker.Bench.Honest()) { Policy = policy };

    private static Misuse Losing(SignRefusal reason, StatusCode status, Action<Attacker> before) =>
        new(reason, status, attacker => attacker.Bench.Honest()) { Before = before };
}
