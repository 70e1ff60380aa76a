using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// Takes an agent's report or refuses it: enrolled, by its own agent, authentic, of a current period, not older than what
/// was seen, without another instance's introduction points, and on disk before it is accepted.
/// </summary>
internal sealed partial class ReportIntake(
    InstanceTable table, ReportStore store, INetworkViews network, CollectorMetrics metrics, TimeProvider time, ILogger<ReportIntake> logger)
    : IDisposable
{
    /// <summary>Without a consensus no report can be verified; after this long the agent is to send it again.</summary>
    private static readonly TimeSpan ConsensusWait = TimeSpan.FromSeconds(60);

    /// <summary>Look this many periods around those in the window, to tell a stale descriptor from a foreign one.</summary>
    private const int PeriodsBeyond = 3;

    private readonly SemaphoreSlim _storing = new(1, 1);

    /// <summary>Null when accepted.</summary>
    internal async Task<Refused?> TakeAsync(string agent, InstanceDescriptor message, CancellationToken cancellationToken)
    {
        var refused = await VerifyAndStoreAsync(agent, message, cancellationToken);
        if (refused is null)
        {
            metrics.ReportAccepted();
            return null;
        }

        refused.Sequence = message.Sequence;
        Refuse(agent, message.InstanceAddress, refused);
        return refused;
    }

    /// <summary>Null when accepted.</summary>
    internal Refused? TakeLoss(string agent, InstanceLost message)
    {
        var refused = Owned(agent, message.InstanceAddress, out var record);
        if (refused is null)
        {
            table.Lose(record!.Address, WhyLost(message.Reason));
            return null;
        }

        refused.Sequence = message.Sequence;
        Refuse(agent, message.InstanceAddress, refused);
        return refused;
    }

    public void Dispose() => _storing.Dispose();

    private async Task<Refused?> VerifyAndStoreAsync(string agent, InstanceDescriptor message, CancellationToken cancellationToken)
    {
        if (Owned(agent, message.InstanceAddress, out var record) is { } notOwned)
            return notOwned;
        if (await ViewAsync(cancellationToken) is not { } view)
            return Refusal(ReportRefusal.NotStored, "the collector's tor has no consensus yet: send it again");
        if (Verify(record!.Address, message.Text.Span, view, out var report) is { } notVerified)
            return notVerified;
        await _storing.WaitAsync(cancellationToken);
        try
        {
            return Store(report!);
        }
        finally
        {
            _storing.Release();
        }
    }

    private Refused? Owned(string agent, string address, out InstanceRecord? record)
    {
        record = null;
        if (!OnionAddress.TryParse(address, out var instance))
            return Refusal(ReportRefusal.Malformed, "the instance address is not a v3 onion address");
        if (!table.Snapshot.TryGetValue(instance, out record))
            return Refusal(ReportRefusal.NotEnrolled, "no service of the collector's configuration names this instance");
        return record.Agent == agent
            ? null
            : Refusal(ReportRefusal.WrongAgent, "the instance is enrolled for another agent's certificate");
    }

    private Refused? Verify(OnionAddress instance, ReadOnlySpan<byte> text, NetworkView view, out InstanceReport? report)
    {
        report = null;
        var now = time.GetUtcNow();
        var periods = view.ReportPeriodsAt(now);
        var limits = new DescriptorLimits(view.Consensus.Parameters.MaxDescriptorSize);
        if (!DescriptorReader.TryRead(text, instance.PublicKey, periods.AsSpan(), now, null, limits, out var descriptor, out var fault, out var detail))
        {
            return fault == DescriptorFault.WrongKey && IsOfAnotherPeriod(instance, text, periods, now)
                ? Refusal(ReportRefusal.PeriodOutsideWindow, "the descriptor is of a time period other than previous, current and next")
                : Refusal(ReasonOf(fault), detail);
        }

        if (descriptor.Inner.IntroductionPoints.IsEmpty)
            return Refusal(ReportRefusal.Malformed, "the descriptor has no introduction points");
        report = InstanceReport.Of(instance, descriptor, text, now);
        return null;
    }

    private static bool IsOfAnotherPeriod(OnionAddress instance, ReadOnlySpan<byte> text, ImmutableArray<TimePeriod> window, DateTimeOffset now)
    {
        var others = new List<TimePeriod>();
        var (before, after) = (window[0], window[^1]);
        for (var i = 0; i < PeriodsBeyond; i++)
        {
            (before, after) = (before.Previous, after.Next);
            others.AddRange([before, after]);
        }

        _ = DescriptorReader.TryRead(text, instance.PublicKey, CollectionsMarshal.AsSpan(others), now, null, out _, out var fault);
        return fault != DescriptorFault.WrongKey;
    }

    private Refused? Store(InstanceReport report)
    {
        if (!table.Snapshot.TryGetValue(report.Instance, out var record))
            return Refusal(ReportRefusal.NotEnrolled, "the instance has just been removed from the configuration");
        if (record.IsRevisionTooLow(report))
            return Refusal(ReportRefusal.RevisionTooLow, "its revision counter is lower than one already seen for the same time period");
        if (PointOwnership.RivalOf(report, table.Snapshot.Values) is { } rival)
        {
            // The agent is not told whose: an instance's address is nothing that a backend should learn.
            LogContested(report.Instance, rival);
            table.Contest(report.Instance, rival);
            return Refusal(ReportRefusal.PointOfAnotherInstance, "it names an introduction point that another instance showed first");
        }

        try
        {
            // The same bytes again only confirm that the instance is there.
            if (record.Reports.GetValueOrDefault(report.Period)?.Digest != report.Digest)
                store.Save(report, record.Shown.With(report));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotStored(e, report.Instance);
            return Refusal(ReportRefusal.NotStored, "the collector could not store it: send it again");
        }

        table.Report(report);
        return null;
    }

    private async ValueTask<NetworkView?> ViewAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await network.ViewAsync(cancellationToken).AsTask().WaitAsync(ConsensusWait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private void Refuse(string agent, string address, Refused refused)
    {
        var shown = OnionAddress.TryParse(address, out var instance) ? instance.ToString() : "(not an onion address)";
        LogRefused(agent, shown, refused.Reason, refused.Detail);
        metrics.ReportRefused(refused.Reason);
    }

    /// <summary>The reader's faults in the words of the metadata channel.</summary>
    private static ReportRefusal ReasonOf(DescriptorFault fault) => fault switch
    {
        DescriptorFault.WrongKey
            or DescriptorFault.BadCertificate
            or DescriptorFault.BadSignature
            or DescriptorFault.CannotDecrypt
            or DescriptorFault.ClientAuthorizationNeeded
            or DescriptorFault.ClientAuthorizationRefused
            or DescriptorFault.BadIntroductionPointCertificate => ReportRefusal.NotAuthentic,
        DescriptorFault.Expired or DescriptorFault.ExpiredIntroductionPoint => ReportRefusal.Expired,
        _ => ReportRefusal.Malformed,
    };

    private static Refused Refusal(ReportRefusal reason, string detail) => new() { Reason = reason, Detail = detail };

    private static string WhyLost(LossReason reason) => reason switch
    {
        LossReason.TorGone => "its tor is gone",
        LossReason.NoIntroductionPoints => "it has no introduction point left",
        LossReason.Withdrawn => "its agent withdrew it",
        _ => "its agent says so",
    };
}
