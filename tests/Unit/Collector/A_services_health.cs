using System.Collections.Immutable;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Operations;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class A_services_health
{
    private static readonly NetworkView View = Some.View();
    private static readonly TorState Tor = new(null, "0.4.9.11", View, "");
    private static readonly InstanceRecord Awaited = InstanceRecord.Awaited(Some.Address(1), "a");
    private static readonly InstanceRecord Present = Awaited.Reported(Some.Report(Some.Address(1), View.Schedule.First.Period));
    private static readonly ImmutableArray<Publication> Both =
    [
        Some.Publication(View.Schedule.First.Period, Some.Now, UploadOutcome.Accepted, UploadOutcome.Accepted),
        Some.Publication(View.Schedule.Second.Period, Some.Now, UploadOutcome.Accepted, UploadOutcome.Accepted),
    ];

    [Fact]
    public void Is_running_when_both_descriptors_are_published_as_wished() => Expect(ServiceState.Running, "", Health());

    [Fact]
    public void Is_starting_before_anything_was_published() => Expect(ServiceState.Starting, "", Health(publications: []));

    [Fact]
    public void Is_broken_when_nothing_was_published_and_nothing_can_be()
    {
        Expect(ServiceState.Broken, "no instance is left", Health(record: Awaited, publications: []));
        Expect(ServiceState.Broken, "refused", Health(publications: [], problem: "refused"));
    }

    [Fact]
    public void Is_broken_when_no_instance_is_left_though_a_descriptor_stands() =>
        Expect(ServiceState.Broken, "no instance is left", Health(record: Present.Lost()));

    [Fact]
    public void Is_broken_when_what_was_published_has_expired() =>
        Expect(ServiceState.Broken, "no descriptor that is still valid", Health(now: Some.Now.AddMinutes(181)));

    [Fact]
    public void Is_degraded_while_anything_is_not_as_wished()
    {
        Expect(ServiceState.Degraded, "no Signer is attached", Health(hasSigner: false));
        Expect(ServiceState.Degraded, "1 of 1 instances are not present", Health(record: Present.Unconfirmed(Some.Now)));
        Expect(ServiceState.Degraded, "showed first: one of the two lies", Health(record: Present with { Rival = Some.Address(2) }));
        Expect(ServiceState.Degraded, "one of the two descriptors", Health(publications: [Both[0]]));
        Expect(ServiceState.Degraded, "tor is away", Health(tor: Tor with { Problem = "tor is away" }));
        Expect(ServiceState.Degraded, "refused", Health(problem: "refused"));
        var failing = Some.Publication(View.Schedule.First.Period, Some.Now, UploadOutcome.Accepted, UploadOutcome.TimedOut, UploadOutcome.Pending);
        Expect(ServiceState.Degraded, "1 of 5 uploads", Health(publications: [failing, Both[1]]));
    }

    [Fact]
    public void Says_what_stands_in_for_the_way_of_signing_that_is_first()
    {
        var (signer, delegation) = (SigningWay.Signer, SigningWay.Delegation);
        foreach (var order in (ImmutableArray<SigningWay>[])[[signer], [delegation], [signer, delegation], [delegation, signer]])
            Assert.Equal("", SigningProblem.Of(order, hasSigner: true, Some.Now));
        Assert.Equal("", SigningProblem.Of([signer, delegation], hasSigner: true, null));
        Assert.Equal("", SigningProblem.Of([delegation, signer], hasSigner: false, Some.Now));
        Assert.Equal("", SigningProblem.Of([delegation], hasSigner: false, Some.Now));
        Assert.Equal("no delegation covers both descriptors", SigningProblem.Of([delegation], hasSigner: true, null));
        Assert.Equal("what the delegations cover is not known before tor has a consensus", SigningProblem.Of([delegation], hasSigner: true, null, isNetworkKnown: false));
        Assert.EndsWith("both descriptors can be published until 2026-11-23 15:30:00Z", SigningProblem.Of([signer, delegation], hasSigner: false, Some.Now), StringComparison.Ordinal);
        Assert.EndsWith("a Signer signs instead", SigningProblem.Of([delegation, signer], hasSigner: true, null), StringComparison.Ordinal);
        foreach (var order in (ImmutableArray<SigningWay>[])[[signer, delegation], [delegation, signer]])
            Assert.Contains(", and no", SigningProblem.Of(order, hasSigner: false, null), StringComparison.Ordinal);
    }

    private static (ServiceState State, string Problem) Health(
        InstanceRecord? record = null,
        TorState? tor = null,
        bool hasSigner = true,
        ImmutableArray<Publication>? publications = null,
        string problem = "",
        DateTimeOffset? now = null) => ServiceHealth.Of(
            new ServiceConfiguration(Some.Address(100), [new EnrolledInstance(Some.Address(1), "a")]),
            ImmutableDictionary<OnionAddress, InstanceRecord>.Empty.Add(Some.Address(1), record ?? Present),
            tor ?? Tor,
            SigningProblem.Of([SigningWay.Signer], hasSigner, null),
            (publications ?? Both).ToImmutableDictionary<Publication, TimePeriod>(publication => publication.Period),
            problem,
            now ?? Some.Now);

    private static void Expect(ServiceState state, string problem, (ServiceState State, string Problem) health)
    {
        Assert.Equal(state, health.State);
        if (problem is "")
            Assert.Equal("", health.Problem);
        else
            Assert.Contains(problem, health.Problem, StringComparison.Ordinal);
    }
}
