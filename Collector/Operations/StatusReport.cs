using Google.Protobuf.WellKnownTypes;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Operations;

/// <summary>Everything the operator sees, gathered at one moment.</summary>
internal sealed class StatusReport(
    InstanceTable instances, AgentSessions agents, SignerPool signers, DelegationBook delegations, TorLink tor, PublisherSet publishers, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();

    internal StatusReply Create()
    {
        var reply = new StatusReply { Software = Software.Name, Started = Stamp(_started), Tor = Of(tor.State) };
        reply.Signers.AddRange(signers.Snapshot.Select(Of));
        reply.Agents.AddRange(agents.Snapshot.Select(Of));
        reply.Services.AddRange(publishers.Snapshot.Select(Of));
        return reply;
    }

    internal (ServiceState State, string Problem) HealthOf(ServicePublisher publisher) => ServiceHealth.Of(
        publisher.Service,
        instances.Snapshot,
        tor.State,
        SigningProblem.Of(
            publisher.Service.Signing,
            signers.Snapshot.Any(signer => signer.Services.Contains(publisher.Service.Address)),
            delegations.UntilOf(publisher.Service.Address),
            delegations.IsNetworkKnown),
        publisher.Log.Snapshot,
        publisher.Problem,
        time.GetUtcNow());

    private ServiceStatus Of(ServicePublisher publisher)
    {
        var (state, problem) = HealthOf(publisher);
        var status = new ServiceStatus { Address = publisher.Service.Address.ToFullString(), State = state, Problem = problem };
        var snapshot = instances.Snapshot;
        status.Instances.AddRange(publisher.Service.Instances
            .Select(instance => snapshot.GetValueOrDefault(instance.Address) ?? InstanceRecord.Awaited(instance.Address, instance.Agent))
            .Select(Of));
        var schedule = tor.State.View?.Schedule;
        status.Descriptors.AddRange(publisher.Log.Snapshot.Values
            .OrderBy(publication => publication.Period.Number)
            .Select(publication => Of(publication, schedule)));
        status.Signing.AddRange(publisher.Service.Signing);
        status.Delegation = DelegationOf(publisher.Service);
        return status;
    }

    /// <summary>Null where there is nothing to say.</summary>
    private DelegationStatus? DelegationOf(ServiceConfiguration service)
    {
        var held = delegations.Of(service.Address);
        var isUsed = service.Signing.Contains(SigningWay.Delegation);
        return held.IsNothing && !isUsed ? null : new DelegationStatus
        {
            Until = delegations.UntilOf(service.Address) is { } until ? Stamp(until) : null,
            Periods = (uint)held.Granted.Count,
            Awaiting = (uint)held.Awaiting.Length,
            End = held.End is { } end ? Stamp(end) : null,
            Warning = isUsed ? delegations.WarningOf(service.Address) : "",
        };
    }

    private static InstanceStatus Of(InstanceRecord record) => new()
    {
        Address = record.Address.ToFullString(),
        Agent = record.Agent,
        State = record.State,
        LastReport = record.LastReport is { } at ? Stamp(at) : null,
        IntroductionPoints = (uint)(record.Reports.Values.MaxBy(report => report.Received)?.Points.Length ?? 0),
        Problem = record.Rival is { } rival ? $"its last report was refused: it names an introduction point that instance {rival} showed first. One of the two lies" : "",
    };

    private static DescriptorStatus Of(Publication publication, ServiceSchedule? schedule)
    {
        var status = new DescriptorStatus
        {
            Role = publication.Period == schedule?.First.Period ? DescriptorRole.First
                : publication.Period == schedule?.Second.Period ? DescriptorRole.Second
                : DescriptorRole.Unspecified,
            PeriodNumber = publication.Period.Number,
            RevisionCounter = publication.RevisionCounter,
            Signed = Stamp(publication.Signed),
            NextPublication = Stamp(publication.RefreshAt),
            IntroductionPoints = (uint)publication.Points.Count,
            SignedBy = publication.SignedBy,
            Signer = publication.Signer,
        };
        status.Uploads.AddRange(publication.Uploads.Select(upload => new UploadStatus
        {
            Hsdir = upload.Fingerprint,
            Nickname = upload.Nickname,
            Outcome = upload.Outcome,
            At = Stamp(upload.At),
            Reason = upload.Reason,
            Attempts = (uint)upload.Attempts,
        }));
        return status;
    }

    private static TorStatus Of(TorState state) => new()
    {
        Connected = state.IsConnected,
        Version = state.Version,
        ConsensusValidAfter = state.View is { } view ? Stamp(view.Consensus.ValidAfter) : null,
        Hsdirs = (uint)(state.View?.Consensus.HsDirs.Length ?? 0),
        Problem = state.Problem,
    };

    private static SignerStatus Of(AttachedSigner signer)
    {
        var status = new SignerStatus { Name = signer.Name, Attached = Stamp(signer.Attached), LastProblem = signer.LastProblem };
        status.ServiceAddresses.AddRange(signer.Services.Select(service => service.ToFullString()).Order(StringComparer.Ordinal));
        return status;
    }

    private static AgentStatus Of(AgentSession session)
    {
        var status = new AgentStatus { Name = session.Agent, Connected = Stamp(session.Connected) };
        status.InstanceAddresses.AddRange(session.Instances.Select(instance => instance.ToFullString()));
        return status;
    }

    private static Timestamp Stamp(DateTimeOffset at) => Timestamp.FromDateTimeOffset(at);
}
